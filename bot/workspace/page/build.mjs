// Bundles src/ into ../static: one script, one stylesheet, the fonts, and everyone's licences.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const out = '../static';
rmSync(out, { recursive: true, force: true });

const result = await build({
  entryPoints: { page: 'src/main.jsx' },
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: 'none',
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  assetNames: '[name]',
  loader: { '.woff2': 'file', '.woff': 'empty' },
});

const packages = new Set(
  Object.keys(result.metafile.inputs)
    .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter(Boolean),
);
const notices = [...packages].sort().map((name) => {
  const folder = join('node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '(no licence file)';
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(join(out, 'LICENSES.txt'), notices.join(`\n${'-'.repeat(78)}\n\n`));

for (const name of ['index.html', 'icon.svg']) {
  if (existsSync(`src/${name}`)) writeFileSync(join(out, name), readFileSync(`src/${name}`));
}

// What it was built from; a test tells when src/ has moved on.
const digest = createHash('sha256');
for (const name of ['package-lock.json', ...readdirSync('src').sort().map((file) => `src/${file}`)]) {
  digest.update(`${name}\n`).update(readFileSync(name));
}
writeFileSync(join(out, 'source.sha256'), `${digest.digest('hex')}\n`);
