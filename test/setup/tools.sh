#!/bin/bash
# tools.sh [TOOL...] : the real tools that generate and judge manifests/, built from the Go module proxy into build/tools/bin.
# Beside it, build/tools/swagger.json: the schemas of Kubernetes' objects, for kubeconform.
#
# A tool that is there in its pinned version, made by this Go, is kept: then no network is used and nothing is compiled.
# Without arguments all are made, the ones that most tests need first. One line is printed for each.
set -euo pipefail
shopt -s inherit_errexit

here=$(dirname "$(readlink -f "$0")")
tools=$(readlink -m "$here/../../build/tools")

# tool             version   module, and the package in it
catalog() {
  cat <<'LIST'
helm        v3.21.4 helm.sh/helm/v3                            ./cmd/helm
kustomize   v5.8.2  sigs.k8s.io/kustomize/kustomize/v5         .
helm-schema v2.3.1  github.com/losisin/helm-values-schema-json/v2 .
helm-docs   v1.14.2 github.com/norwoodj/helm-docs              ./cmd/helm-docs
kubeconform v0.7.0  github.com/yannh/kubeconform               ./cmd/kubeconform
kubectl     v1.34.4 k8s.io/kubernetes                          ./cmd/kubectl
LIST
}

# What upstream's own release build sets, as far as a tool's answers depend on it: without them helm takes every cluster
# for Kubernetes 1.20, and each tool calls itself a development version.
linker_flags() {
  local tool=$1 version=$2 minor
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
    kubectl)
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

# Kubernetes' module leaves staging/ out; the same code is published as k8s.io/X v0.MINOR.PATCH.
published_staging() {
  sed -i -E "/=> \.\/staging\/.*sample-(cli-plugin|controller)/d
             s#=> \./staging/src/(k8s\.io/[a-z-]+)#=> \1 v0.${2#v1.}#" "$1"
}

# The module cache is read-only, so the module is built there as the main module with a copy of its own go.mod: exactly
# the dependencies that upstream released with, `replace` directives included, which `go install` refuses.
compile() {
  local tool=$1 version=$2 module=$3 package=$4 work=$5 source
  source=$(module_source "$module" "$version")
  install -m 644 "$source/go.mod" "$work/build.mod"
  install -m 644 "$source/go.sum" "$work/build.sum"
  if [ "$tool" = kubectl ]; then
    published_staging "$work/build.mod" "$version"
    install -m 644 "$source/api/openapi-spec/swagger.json" "$tools/swagger.json"
  fi
  (
    cd "$source"
    export CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local GOFLAGS='-trimpath -buildvcs=false -mod=mod'
    go build -modfile "$work/build.mod" -o "$work/$tool" \
      -ldflags "-s -w $(linker_flags "$tool" "$version" | tr '\n' ' ')" "$package"
  )
}

made_already() {
  [ "$1" != kubectl ] || [ -e "$tools/swagger.json" ] || return
  [ -x "$tools/bin/$1" ] && [ "$(cat "$tools/stamps/$1" 2>/dev/null)" = "$2" ]
}

provide() {
  local tool=$1 version=$2 stamp work started=$SECONDS
  stamp="$* $(go env GOVERSION)"
  if made_already "$tool" "$stamp"; then
    echo "$tool $version: there"
    return
  fi
  work=$(mktemp -d -p "$tools" .making-XXXXXX)
  compile "$@" "$work"
  mv "$work/$tool" "$tools/bin/$tool"
  echo "$stamp" >"$tools/stamps/$tool"
  rm -rf "$work"
  echo "$tool $version: built in $((SECONDS - started)) s"
}

wanted() {
  [ $# -gt 0 ] || { catalog; return; }
  local tool
  for tool; do
    catalog | grep "^$tool " || { echo "tools.sh: unknown tool $tool" >&2; exit 2; }
  done
}

command -v go >/dev/null || { echo 'tools.sh: Go is needed (Debian: golang-go)' >&2; exit 1; }
list=$(wanted "$@")
mkdir -p "$tools/bin" "$tools/stamps"
exec 9>"$tools/.lock"
flock 9 # a second caller waits, and finds all of it there
rm -rf "$tools"/.making-*
while read -r tool version module package; do
  provide "$tool" "$version" "$module" "$package"
done <<<"$list"
