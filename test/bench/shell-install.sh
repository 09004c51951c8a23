#!/bin/sh
# shell-install.sh SOURCE SHA256 BIN_DIR PLUGIN... : the careful script that people would write instead of the installer.
#
# The bench's yardstick: it downloads, verifies, unpacks, and replaces each plugin in one rename(2) after its bytes are on
# the disk. It neither runs the plugins, nor remembers anything, nor can it go back.
set -eu
source=$1 sha256=$2 bin=$3
shift 3

work=$(mktemp -d "$bin/.install-XXXXXX")
trap 'rm -rf "$work"' EXIT

archive=$source
case $source in
  http*)
    archive=$work/archive.tgz
    curl --fail --silent --show-error --location --retry 5 ${CA_FILE:+--cacert "$CA_FILE"} --output "$archive" "$source"
    ;;
esac
echo "$sha256  $archive" | sha256sum --check --quiet -

mkdir "$work/content"
tar xzf "$archive" -C "$work/content"
for plugin; do install -m 0755 "$work/content/$plugin" "$work/$plugin"; done
for plugin; do sync "$work/$plugin"; done
for plugin; do mv -f "$work/$plugin" "$bin/$plugin"; done
sync "$bin"
