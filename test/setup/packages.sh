#!/bin/bash
# Installs the Debian packages that the tests need, and only those that are missing. Never starts a service.
# Without root or apt it names what is missing and leaves it at that.
set -euo pipefail
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Each package beside a command or file (globs allowed) that shows that it, or what replaces it, is there.
packages() {
  cat <<'LIST'
containerd                  containerd
runc                        runc
containernetworking-plugins /usr/lib/cni/bridge
busybox-static              busybox
iptables                    iptables
iproute2                    ip
tini                        tini
strace                      strace
gcc                         gcc
gcc-aarch64-linux-gnu       aarch64-linux-gnu-gcc
libc6-dev                   /usr/lib/*-linux-gnu/libc.a
bzip2                       bzip2
curl                        curl
ca-certificates             /etc/ssl/certs/ca-certificates.crt
openssl                     openssl
jq                          jq
skopeo                      skopeo
buildah                     buildah
binutils                    readelf
e2fsprogs                   /usr/sbin/mkfs.ext4
btrfs-progs                 mkfs.btrfs
bindfs                      bindfs
xfsprogs                    mkfs.xfs
mmdebstrap                  mmdebstrap
qemu-system-x86             qemu-system-x86_64
qemu-system-arm             qemu-system-aarch64
ansible-core                ansible-playbook
shellcheck                  shellcheck
jq                          jq
docker-registry             docker-registry
prometheus                  promtool
chromium-headless-shell     chromium-headless-shell
fonts-dejavu-core           /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
LIST
}

present() {
  case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing_packages() {
  local package evidence
  while read -r package evidence; do
    present "$evidence" || echo "$package"
  done < <(packages)
}

# Debian starts a service as soon as its package is configured, unless policy-rc.d refuses.
forbid_services() {
  local policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] && return
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap "rm -f $policy" EXIT
}

mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "packages.sh: without root and apt these stay missing: ${missing[*]}"
  exit 0
fi

forbid_services
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${missing[@]}"
