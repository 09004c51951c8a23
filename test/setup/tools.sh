#!/bin/bash
# tools.sh [TOOL|manifests|cluster...] : the real tools that generate and judge manifests/ and the workflows, and a whole
# cluster to apply manifests to, built from the Go module proxy into build/tools/bin. Beside it, in build/tools, what else of the modules the
# tests read: swagger.json, the schemas of Kubernetes' objects, and upstream's own manifests of Multus.
#
# A tool that is there in its pinned version, made by this Go, is kept: then no network is used and nothing is compiled.
# Without arguments all are made, the ones that most tests need first. One line is printed for each.
set -euo pipefail
shopt -s inherit_errexit

here=$(dirname "$(readlink -f "$0")")
tools=$(readlink -m "$here/../../build/tools")

# tool      version module, and the packages in it; several are built at once, and what they share is compiled once.
# `-`: nothing is compiled, only the companions are taken.
catalog() {
  cat <<'LIST'
helm        v3.21.4 helm.sh/helm/v3                            ./cmd/helm
kustomize   v5.8.2  sigs.k8s.io/kustomize/kustomize/v5         .
helm-schema v2.3.1  github.com/losisin/helm-values-schema-json/v2 .
helm-docs   v1.14.2 github.com/norwoodj/helm-docs              ./cmd/helm-docs
kubeconform v0.7.0  github.com/yannh/kubeconform               ./cmd/kubeconform
actionlint  v1.7.12 github.com/rhysd/actionlint                ./cmd/actionlint
kubectl     v1.34.4 k8s.io/kubernetes                          ./cmd/kubectl
upstream    v4.3.0  gopkg.in/k8snetworkplumbingwg/multus-cni.v4 -
containerd  v2.1.4  github.com/containerd/containerd/v2         ./cmd/containerd ./cmd/containerd-shim-runc-v2 ./cmd/ctr
kubernetes  v1.34.4 k8s.io/kubernetes                          ./cmd/kube-apiserver ./cmd/kube-controller-manager ./cmd/kube-scheduler ./cmd/kubelet
etcd        v3.6.16 go.etcd.io/etcd/server/v3                  .
multus      v4.3.0  gopkg.in/k8snetworkplumbingwg/multus-cni.v4 ./cmd/multus ./cmd/multus-daemon ./cmd/multus-shim ./cmd/passthru-cni ./cmd/install_multus ./cmd/thin_entrypoint
containerd-1.7 v1.7.35 github.com/containerd/containerd        ./cmd/containerd ./cmd/containerd-shim-runc-v2 ./cmd/ctr
LIST
}

group() {
  case $1 in
    manifests) echo helm kustomize helm-schema helm-docs kubeconform actionlint kubectl upstream ;;
    cluster) echo helm kustomize kubectl kubernetes etcd multus upstream ;;
    *) return 1 ;;
  esac
}

# What upstream's own release build sets, as far as a tool's answers depend on it: without them helm takes every cluster
# for Kubernetes 1.20, and each tool calls itself a development version.
linker_flags() {
  local tool=$1 version=$2 module=$3 minor
  minor=${version#*.} minor=${minor%.*}
  case $tool in
    helm)
      echo "-X helm.sh/helm/v3/internal/version.version=$version"
      # The Kubernetes minor of the client-go that helm is released with: 0.36 for helm 3.21.
      for package in pkg/lint/rules pkg/chartutil; do
        echo "-X helm.sh/helm/v3/$package.k8sVersionMajor=1 -X helm.sh/helm/v3/$package.k8sVersionMinor=36"
      done
      ;;
    kustomize) echo "-X sigs.k8s.io/kustomize/api/provenance.version=$version" ;;
    helm-docs | kubeconform) echo "-X main.version=$version" ;;
    containerd | containerd-1.7) echo "-X $module/version.Version=$version" ;;
    multus) echo "-X gopkg.in/k8snetworkplumbingwg/multus-cni.v4/pkg/multus.version=$version" ;;
    kubectl | kubernetes)
      for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        echo "-X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor"
      done
      ;;
  esac
}

module_source() {
  local described
  described=$(cd / && go mod download -json "$1@$2")
  sed -n 's/^\t"Dir": "\(.*\)",\?$/\1/p' <<<"$described"
}

# What else of the module's files the tests read.
companions() {
  case $1 in
    kubectl) echo api/openapi-spec/swagger.json ;;
    upstream) echo deployments/multus-daemonset.yml deployments/multus-daemonset-thick.yml ;;
  esac
}

# A `replace` that leads out of the module leads nowhere in the module cache. What it names is published: Kubernetes'
# staging/src/k8s.io/X as k8s.io/X v0.MINOR.PATCH, etcd's as the versions that its go.mod requires anyway.
published_only() {
  local tool=$1 version=$2 mod=$3
  case $tool in
    kubectl | kubernetes)
      sed -i -E "/=> \.\/staging\/.*sample-(cli-plugin|controller)/d
                 s#=> \./staging/src/(k8s\.io/[a-z-]+)#=> \1 v0.${version#v1.}#" "$mod"
      ;;
    etcd) sed -i -E '/=> \.\.\//d; /^replace .*FORBIDDEN/d' "$mod" ;;
  esac
}

# The names of the commands: a tool's own, or those of its packages where there are several.
commands_of() {
  local tool=$1 packages=$2
  [ "$packages" != - ] || return 0
  if [[ $packages = *' '* ]]; then tr ' ' '\n' <<<"$packages" | sed 's#.*/##'; else echo "$tool"; fi
}

# The module cache is read-only, so the module is built there as the main module with a copy of its own go.mod: exactly
# the dependencies that upstream released with, `replace` directives included, which `go install` refuses.
compile() {
  local tool=$1 version=$2 module=$3 packages=$4 work=$5 source companion output
  source=$(module_source "$module" "$version")
  for companion in $(companions "$tool"); do install -m 644 "$source/$companion" "$tools/"; done
  [ "$packages" != - ] || return 0
  install -m 644 "$source/go.mod" "$work/build.mod"
  install -m 644 "$source/go.sum" "$work/build.sum"
  published_only "$tool" "$version" "$work/build.mod"
  output=$work/bin/
  [[ $packages = *' '* ]] || output+=$tool
  (
    cd "$source"
    export CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local GOFLAGS='-trimpath -buildvcs=false -mod=mod'
    # What is made for a debugger, which -w leaves out of the program anyway, is 7 % of the compiler's time.
    # shellcheck disable=SC2086 # several packages are several words
    go build -modfile "$work/build.mod" -o "$output" -gcflags=all=-dwarf=false \
      -ldflags "-s -w $(linker_flags "$tool" "$version" "$module" | tr '\n' ' ')" $packages
  )
}

# Another containerd must not be on the PATH of nodes that run the machine's.
place_of() {
  case $1 in
    containerd | containerd-1.7) echo "$tools/$1" ;;
    *) echo "$tools/bin" ;;
  esac
}

made_already() {
  local tool=$1 packages=$2 stamp=$3 name
  for name in $(companions "$tool"); do [ -e "$tools/${name##*/}" ] || return; done
  for name in $(commands_of "$tool" "$packages"); do [ -x "$(place_of "$tool")/$name" ] || return; done
  [ "$(cat "$tools/stamps/$tool" 2>/dev/null)" = "$stamp" ]
}

stamp_of() {
  echo "$* $(go env GOVERSION)"
}

all_made_already() {
  local tool version module packages
  while read -r tool version module packages; do
    made_already "$tool" "$packages" "$(stamp_of "$tool" "$version" "$module" "$packages")" || return
    echo "$tool $version: there"
  done
}

provide() {
  local tool=$1 version=$2 packages=$4 stamp work started=$SECONDS
  stamp=$(stamp_of "$@")
  if made_already "$tool" "$packages" "$stamp"; then
    echo "$tool $version: there"
    return
  fi
  work=$(mktemp -d -p "$tools" .making-XXXXXX)
  mkdir "$work/bin"
  compile "$@" "$work"
  mkdir -p "$(place_of "$tool")"
  [ "$packages" = - ] || mv "$work"/bin/* "$(place_of "$tool")/"
  echo "$stamp" >"$tools/stamps/$tool"
  rm -rf "$work"
  echo "$tool $version: made in $((SECONDS - started)) s"
}

wanted() {
  [ $# -gt 0 ] || { catalog; return; }
  local tool
  # shellcheck disable=SC2046 # a group is several tools
  set -- $(for tool; do group "$tool" || echo "$tool"; done)
  for tool; do
    catalog | grep "^$tool " || { echo "tools.sh: unknown tool $tool" >&2; exit 2; }
  done
}

command -v go >/dev/null || { echo 'tools.sh: Go is needed (Debian: golang-go)' >&2; exit 1; }
list=$(wanted "$@")
mkdir -p "$tools/bin" "$tools/stamps"
# Who needs nothing made waits for nobody.
if report=$(all_made_already <<<"$list"); then
  echo "$report"
  exit
fi
exec 9>"$tools/.lock"
flock 9 # a second caller waits, and finds all of it there
rm -rf "$tools"/.making-*
while read -r tool version module packages; do
  provide "$tool" "$version" "$module" "$packages"
done <<<"$list"
