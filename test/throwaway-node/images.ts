// The images that pods on a throw-away node run.

import { chmod, copyFile, cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { digestOfFile } from './cache.ts';
import { run } from './command.ts';
import { defaultImage } from './container-spec.ts';
import { type Image, type ImageRecipe, type Layer, makeImage, makeLayer } from './oci.ts';

export type { Image } from './oci.ts';
export { makeImage, makeLayer } from './oci.ts';

const projectDir = join(import.meta.dirname, '../..');
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const hostBusybox = '/bin/busybox';
const caCertificates = '/etc/ssl/certs/ca-certificates.crt';

/** The Node.js binary that package-lock.json pins for this architecture. */
export const nodeBinary = join(projectDir, `node_modules/node-linux-${process.arch}/bin/node`);

export const installerReference = 'localhost/cni-plugins-installer:test';

/** What every pod's sandbox runs; containerd's configuration names it. */
export async function pauseImage(): Promise<Image> {
  const source = join(import.meta.dirname, 'pause.c');
  const layer = await makeLayer(await inputs(source), async (root) => {
    await run('gcc', ['-static', '-Os', '-s', '-o', join(root, 'pause'), source]);
  });
  return makeImage({
    reference: 'localhost/pause:test',
    layers: [layer],
    config: { Entrypoint: ['/pause'] },
  });
}

/** A shell and the usual small tools. */
export async function busyboxImage(): Promise<Image> {
  const layer = await makeLayer(await inputs(hostBusybox), async (root) => {
    await place(hostBusybox, join(root, 'bin/busybox'));
    const applets = (await run(hostBusybox, ['--list'])).split('\n');
    const linked = applets.filter((applet) => applet !== '' && applet !== 'busybox');
    await Promise.all(linked.map((applet) => symlink('busybox', join(root, 'bin', applet))));
    await addUsersAndTmp(root);
  });
  return makeImage({ reference: defaultImage, layers: [layer], config: { Cmd: ['sh'], Env: [path] } });
}

/**
 * The installer as an image without shell or package manager: Node.js, the libraries it needs, CA certificates, a
 * static busybox for mount(8), and the bundle. Only the bundle's thin layer is new when the bundle changes.
 *
 * @param bundleDir holds `cni-plugins-installer.js`, and becomes /app
 */
export async function installerImage(bundleDir = join(projectDir, 'dist')): Promise<Image> {
  return makeImage({ reference: installerReference, ...(await installerParts(bundleDir)) });
}

async function installerParts(bundleDir: string): Promise<Required<Omit<ImageRecipe, 'reference'>>> {
  return {
    base: await installerBaseImage(),
    layers: [await bundleLayer(bundleDir)],
    config: { Entrypoint: ['/usr/bin/node', '/app/cni-plugins-installer.js'], Env: [path] },
  };
}

export const bundledReference = 'localhost/cni-plugins-installer:test-bundled';

interface ReleaseArchive {
  readonly version: string;
  readonly path: string;
}

/** An image of nothing but a release archive: what a pod mounts as an image volume. */
export async function archiveImage(reference: string, archive: ReleaseArchive): Promise<Image> {
  return makeImage({ reference, layers: [await archiveLayer(archive, '.')], config: {} });
}

/** The installer with a release archive inside, where the installer looks for those that its image brings along. */
export async function bundledImage(archive: ReleaseArchive): Promise<Image> {
  const layer = await archiveLayer(archive, `usr/share/cni-plugins-installer/archives/${archive.version}`);
  const { base, layers, config } = await installerParts(join(projectDir, 'dist'));
  return makeImage({ reference: bundledReference, base, layers: [...layers, layer], config });
}

export const siteReference = 'localhost/cni-plugins-installer:test-site';

/** Where a site puts the authority that it trusts, and the variable of Node's that says so. */
const siteAuthority = '/etc/ssl/certs/site.pem';

/** The installer as a site makes it its own: with an authority that Node trusts besides those that it has built in. */
export async function siteImage(bundleDir: string, authorityPem: string): Promise<Image> {
  const { base, layers, config } = await installerParts(bundleDir);
  const layer = await makeLayer([...(await inputs()), authorityPem], async (root) => {
    await mkdir(join(root, dirname(siteAuthority)), { recursive: true });
    await writeFile(join(root, siteAuthority), authorityPem);
  });
  return makeImage({
    reference: siteReference,
    base,
    layers: [...layers, layer],
    config: { ...config, Env: [...(config.Env ?? []), `NODE_EXTRA_CA_CERTS=${siteAuthority}`] },
  });
}

export const withLoaderReference = 'localhost/cni-plugins-installer:test-with-loader';

/** The installer in an image that has its dynamic loader where no node has one. */
export async function imageWithLoaderAt(to: string): Promise<Image> {
  const { base, layers, config } = await installerParts(join(projectDir, 'dist'));
  const libraries = await sharedLibraries(nodeBinary);
  const loader = libraries.find((library) => basename(library).startsWith('ld-')) ?? '';
  const layer = await makeLayer([...(await inputs(loader)), to], async (root) => {
    await place(loader, join(root, to));
  });
  return makeImage({ reference: withLoaderReference, base, layers: [...layers, layer], config });
}

/** The directory is a part of what the layer depends on: the same archive elsewhere is another layer. */
async function archiveLayer(archive: ReleaseArchive, directory: string): Promise<Layer> {
  return makeLayer([...(await inputs(archive.path)), directory], async (root) => {
    await place(archive.path, join(root, directory, basename(archive.path)), 0o644);
  });
}

async function installerBaseImage(): Promise<Image> {
  const libraries = await sharedLibraries(nodeBinary);
  const layer = await makeLayer(
    await inputs(nodeBinary, hostBusybox, caCertificates, ...libraries),
    async (root) => {
      await place(nodeBinary, join(root, 'usr/bin/node'));
      await place(hostBusybox, join(root, 'bin/busybox'));
      await place(caCertificates, join(root, caCertificates), 0o644);
      for (const library of libraries) await place(library, join(root, library));
      await addUsersAndTmp(root);
    },
  );
  return makeImage({ reference: 'localhost/cni-plugins-installer-base:test', layers: [layer], config: {} });
}

/** Of the files by their names in it, wherever it is. */
async function bundleLayer(bundleDir: string): Promise<Layer> {
  const entries = await readdir(bundleDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const named = await Promise.all(
    files.map(async (file) => [relative(bundleDir, file), await digestOfFile(file)]),
  );
  return makeLayer([...(await inputs()), ...named.flat()], async (root) => {
    await cp(bundleDir, join(root, 'app'), { recursive: true });
  });
}

/** The absolute paths that the dynamic loader would open, the loader's own among them. */
async function sharedLibraries(binary: string): Promise<string[]> {
  const listing = await run('ldd', [binary]);
  return [...listing.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].flatMap(([, library]) => library ?? []);
}

async function place(source: string, target: string, mode = 0o755): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
  await chmod(target, mode);
}

async function addUsersAndTmp(root: string): Promise<void> {
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  await mkdir(join(root, 'tmp'));
  await chmod(join(root, 'tmp'), 0o1777);
}

/** What a layer depends on: the files, by name and content, and this recipe itself. */
async function inputs(...files: readonly string[]): Promise<string[]> {
  const all = [import.meta.filename, ...files];
  const digests = await Promise.all(all.map(digestOfFile));
  return all.flatMap((file, index) => [file, digests[index] ?? '']);
}
