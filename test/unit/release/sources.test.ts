// Promises about the places an archive is looked for: their order, their names, and no password in a label.

import { describe, expect, it } from 'vitest';
import { type Places, type Source, sourcesFor } from '../../../src/release/acquire/sources.ts';

const file = 'cni-plugins-linux-arm64-v1.9.1.tgz';

function sources(places: Partial<Places>): readonly Source[] {
  return sourcesFor({ archive: undefined, bundled: undefined, mirrors: [], ...places }, 'v1.9.1', 'arm64');
}

/** A mirror as configured: with a slash at its end. */
function mirror(url: string): URL {
  return new URL(url);
}

describe('mirrors', () => {
  it("are asked in order, by upstream's own path", () => {
    const urls = sources({
      mirrors: [mirror('https://one.example/cni/'), mirror('http://two.example:8080/')],
    });
    expect(urls.map(({ label }) => label)).toEqual([
      `https://one.example/cni/v1.9.1/${file}`,
      `http://two.example:8080/v1.9.1/${file}`,
    ]);
  });

  it('that are file URLs are files, with their escapes undone', () => {
    expect(sources({ mirrors: [mirror('file:///srv/my%20mirror/')] })).toEqual([
      { kind: 'file', path: `/srv/my mirror/v1.9.1/${file}`, label: `/srv/my mirror/v1.9.1/${file}` },
    ]);
  });

  it('keep their credentials for the request, and show them in no label', () => {
    const [source] = sources({ mirrors: [mirror('https://me:secret@one.example/')] });
    expect(source).toMatchObject({ kind: 'http' });
    expect(source?.kind === 'http' && source.url.password).toBe('secret');
    expect(source?.label).not.toContain('secret');
  });

  it('keep a query, as presigned URLs need it', () => {
    const [source] = sources({ mirrors: [mirror('https://one.example/cni/?token=secret')] });
    expect(source?.kind === 'http' && source.url.href).toBe(
      `https://one.example/cni/v1.9.1/${file}?token=secret`,
    );
    expect(source?.label).not.toContain('secret');
  });

  it('are not changed by being asked', () => {
    const base = mirror('https://one.example/cni/');
    sources({ mirrors: [base] });
    expect(base.href).toBe('https://one.example/cni/');
  });
});

describe("the image's own archives", () => {
  it('come before the mirrors, by version', () => {
    const mirrors = [mirror('https://one.example/')];
    expect(sources({ bundled: '/archives', mirrors }).map(({ label }) => label)).toEqual([
      `/archives/v1.9.1/${file}`,
      `https://one.example/v1.9.1/${file}`,
    ]);
  });

  it('do not come into play when the operator gave an archive of their own', () => {
    const archive = { path: '/mine.tgz', isDirectory: false };
    expect(sources({ archive, bundled: '/archives' }).map(({ label }) => label)).toEqual(['/mine.tgz']);
  });
});

describe('a local archive', () => {
  it('is the file itself, whatever it is called, and no mirror is asked', () => {
    const archive = { path: '/archives/plugins.tgz', isDirectory: false };
    expect(sources({ archive, mirrors: [mirror('https://one.example/')] })).toEqual([
      { kind: 'file', path: '/archives/plugins.tgz', label: '/archives/plugins.tgz' },
    ]);
  });

  it("is looked for in a directory by upstream's file name, flat before nested", () => {
    const archive = { path: '/archives', isDirectory: true };
    expect(sources({ archive }).map(({ label }) => label)).toEqual([
      `/archives/${file}`,
      `/archives/v1.9.1/${file}`,
    ]);
  });
});
