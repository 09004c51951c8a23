#!/bin/bash
# plugins-archive.sh VERSION... : build/plugins/cni-plugins-linux-<arch>-<version>.tgz with upstream's layout and sidecars.
#
# Preferred is upstream's own release; without a way to it, the same version built from the Go module; without Go or its
# proxy, Debian's plugins (of Debian's version) under the requested name. `<archive>.origin` says which one it became.
# An archive that is there is kept as it is, without any network: delete it to have it made anew.
#
# PLUGINS_ARCH : amd64, arm64, as Go calls them; default: this machine's. Debian's plugins are this machine's only.
set -euo pipefail
shopt -s inherit_errexit

here=$(dirname "$(readlink -f "$0")")
plugins=$(readlink -m "$here/../../build/plugins")
module=github.com/containernetworking/plugins
releases=https://$module/releases/download

go_architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}
arch=${PLUGINS_ARCH:-$(go_architecture)}

complete() {
  [ -e "$1" ] && [ -e "$1.sha256" ] && [ -e "$1.sha512" ] && [ -e "$1.origin" ]
}

# Gives up quickly where upstream is out of reach, but lets a slow yet moving download finish.
fetch() {
  curl --fail --silent --location --connect-timeout 3 --speed-limit 50000 --speed-time 5 --output "$2" "$1"
}

from_upstream() {
  local version=$1 archive=$2 suffix
  for suffix in .sha256 .sha512 ''; do
    fetch "$releases/$version/$archive$suffix" "$archive$suffix"
  done
  sha256sum --quiet --check "$archive.sha256"
  sha512sum --quiet --check "$archive.sha512"
  echo upstream >"$archive.origin"
}

# Archives the directory as upstream does (`tar … .`), with nothing in it that differs from one run to the next.
pack() {
  local directory=$1 archive=$2
  chmod 755 "$directory"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$directory" -c . | gzip --no-name >"$archive"
  sha256sum "$archive" >"$archive.sha256"
  sha512sum "$archive" >"$archive.sha512"
}

module_source() {
  local described
  described=$(cd / && go mod download -json "$module@$1" 2>/dev/null)
  sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p' <<<"$described"
}

# The module cache is read-only, so the module is built there as the main module with a copy of its own go.mod:
# exactly the dependencies that upstream released with.
compile() {
  local version=$1 source=$2 output=$3 work=$4
  install -m 644 "$source/go.mod" "$work/build.mod"
  install -m 644 "$source/go.sum" "$work/build.sum"
  (
    cd "$source"
    export CGO_ENABLED=0 GOARCH=$arch GOWORK=off GOTOOLCHAIN=local GOFLAGS='-trimpath -buildvcs=false -mod=mod'
    go build -modfile "$work/build.mod" -o "$output/" \
      -ldflags "-extldflags -static -X $module/pkg/utils/buildversion.BuildVersion=$version" \
      $(find ./plugins/{meta,main,ipam} -mindepth 1 -maxdepth 1 -type d -not -name windows)
  )
}

from_module() {
  local version=$1 archive=$2 source
  command -v go >/dev/null
  source=$(module_source "$version")
  mkdir content
  compile "$version" "$source" "$PWD/content" "$PWD"
  install -m 644 "$source/LICENSE" "$source/README.md" content/
  pack content "$archive"
  echo "built from the Go module $module@$version" >"$archive.origin"
}

from_debian() {
  local archive=$2 packaged=containernetworking-plugins
  [ -d /usr/lib/cni ] && [ "$arch" = "$(go_architecture)" ]
  mkdir content
  install -m 755 /usr/lib/cni/* content/
  install -m 644 "$here/../../LICENSE" content/
  echo "The CNI plugins of Debian's package $packaged." >content/README.md
  pack content "$archive"
  echo "Debian's $packaged $(dpkg-query -W -f '${Version}' "$packaged")" >"$archive.origin"
}

# Takes one of the ways, in a scratch directory; all or nothing of the archive and its companions appears.
attempt() (
  set -e
  work=$(mktemp -d -p "$plugins" .making-XXXXXX)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  "$1" "$2" "$3"
  mv "$3.sha256" "$3.sha512" "$3.origin" "$3" "$plugins/"
)

make_archive() {
  local version=$1 archive=$2 way
  for way in from_upstream from_module from_debian; do
    # Not `if attempt …`: in a condition, bash would ignore `set -e` all the way down.
    set +e
    attempt "$way" "$version" "$archive"
    set -e
    if complete "$plugins/$archive"; then return; fi
  done
  echo "plugins-archive.sh: no way to $archive: no upstream, no Go module, no containernetworking-plugins" >&2
  return 1
}

provide() {
  local version=v${1#v}
  local archive=cni-plugins-linux-$arch-$version.tgz
  if ! complete "$plugins/$archive"; then
    exec 9>"$plugins/.lock"
    flock 9
    # Another caller may have made it while we waited.
    if ! complete "$plugins/$archive"; then make_archive "$version" "$archive"; fi
    exec 9>&-
  fi
  echo "$archive: $(cat "$plugins/$archive.origin")"
}

[ $# -gt 0 ] || { echo 'usage: plugins-archive.sh VERSION...' >&2; exit 2; }
mkdir -p "$plugins"
for version; do provide "$version"; done
