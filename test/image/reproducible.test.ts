// Proves that the digest depends on the commit alone: not on the folder, the time, the umask, the time zone or the language.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { arches, buildImage, contentOf, remove, sha256 } from './built-image.ts';
import { checkOut } from './checkout.ts';

it('has the same digest and SBOM from two checkouts, at different times, in different surroundings', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'reproducible-'));
  const first = buildImage({ checkout: checkOut(join(scratch, 'a')), env: { TZ: 'UTC', LC_ALL: 'C' } });
  const away = checkOut(join(scratch, 'another folder, further away'));
  execFileSync('find', [away, '-type', 'f', '-exec', 'touch', '--date=2001-02-03', '{}', '+']);

  const second = buildImage({ checkout: away, env: { TZ: 'Asia/Kathmandu', LC_ALL: 'C.UTF-8' } });

  try {
    expect(second.digest).toBe(first.digest);
    expect(second.platforms).toEqual(first.platforms);
    for (const name of ['sbom-amd64.cdx.json', 'sbom-arm64.cdx.json']) {
      expect(sha256(join(second.directory, name))).toBe(sha256(join(first.directory, name)));
    }
  } finally {
    remove(first, second);
    rmSync(scratch, { recursive: true });
  }
});

it('keeps the layers of a commit that changes nothing in them', () => {
  const first = buildImage({ env: { SOURCE_DATE_EPOCH: '1700000000' } });

  const second = buildImage({ env: { SOURCE_DATE_EPOCH: '1800000000' } });

  try {
    expect(second.digest).not.toBe(first.digest);
    for (const arch of arches) {
      expect(contentOf(second, arch).manifest.layers).toEqual(contentOf(first, arch).manifest.layers);
    }
  } finally {
    remove(first, second);
  }
});
