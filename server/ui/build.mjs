// Bundles the pages (src/<page>/index.js or .jsx) into ../static/dist and the expression language into feel/dist.
// `node build.mjs` builds both, `--only=feel` or `--only=pages` one of them, `--watch` rebuilds the pages on a change.
import * as esbuild from 'esbuild';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openInterpreter } from './feelin.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const source = join(here, 'src');
const pagesOut = join(root, 'server/static/dist');
const feelOut = join(root, 'feel/dist');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);

// One FEEL for browser and server: form-js asks for its own fork of the same interpreter.
const oneFeel = { '@bpmn-io/feelin': join(here, 'node_modules/feelin/dist/index.js') };

// Tabler styles .empty, .icon and .placeholder, which bpmn.io's widgets use for themselves. Templates say tb-icon.
const renameTabler = {
  name: 'rename-tabler',
  setup(build) {
    build.onLoad({ filter: /@tabler[\\/]core[\\/]dist[\\/]css[\\/].*\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\.(empty|icon|placeholder)(?![\w-])/g, '.tb-$1'),
      loader: 'css',
    }));
  },
};

// Texts of form-js that do not go through its translate service; common/i18n.js sets __translate. And dates: written
// year-month-day whatever the browser's own country writes, so that no day is taken for a month.
const viewerTexts = [
  ["getLocaleDateFormat(locale = 'default')", "getLocaleDateFormat(locale = 'sv-SE')"],
  ["emptyListMessage = 'No results'", "emptyListMessage = globalThis.__translate('No results')"],
  ["placeholder: 'Search'", "placeholder: globalThis.__translate('Search')"],
  ["valueLabel || 'Select'", "valueLabel || globalThis.__translate('Select')"],
  ['`Remove list item ${itemIndex + 1}`', "globalThis.__translate('Remove list item {value}', { value: itemIndex + 1 })"],
];

const translateViewer = {
  name: 'translate-viewer',
  setup(build) {
    build.onLoad({ filter: /form-js-viewer[\\/]dist[\\/]index\.es\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');

      for (const [literal, call] of viewerTexts) {
        if (!contents.includes(literal)) {
          throw new Error(`form-js no longer has ${literal}`);
        }

        contents = contents.replace(literal, () => call);
      }

      return { contents, loader: 'js' };
    });
  },
};

function entries() {
  if (!existsSync(source)) {
    return {};
  }

  const pages = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found = pages.flatMap(({ name }) => ['index.js', 'index.jsx']
    .map((file) => [name, join(source, name, file)])
    .filter(([, path]) => existsSync(path)));

  return Object.fromEntries(found);
}

function pageOptions() {
  return {
    entryPoints: entries(),
    outdir: pagesOut,
    absWorkingDir: here,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2020',
    minify: true,
    sourcemap: false,
    metafile: true,
    alias: oneFeel,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    assetNames: 'asset-[name]-[hash]',
    loader: Object.fromEntries(
      ['.woff', '.woff2', '.ttf', '.eot', '.svg', '.png', '.gif'].map((suffix) => [suffix, 'file']),
    ),
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [openInterpreter, renameTabler, translateViewer],
  };
}

// { page: { js, css, imports } }: file names below static/dist; imports are the shared chunks, to preload.
function manifest(metafile) {
  const name = (path) => relative(pagesOut, resolve(here, path)).replaceAll('\\', '/');
  const pages = Object.entries(entries()).map(([page, path]) => {
    const [output, made] = Object.entries(metafile.outputs)
      .find(([, candidate]) => candidate.entryPoint && resolve(here, candidate.entryPoint) === path);
    const imports = made.imports.filter(({ kind }) => kind === 'import-statement').map((entry) => name(entry.path));

    return [page, { js: name(output), css: made.cssBundle ? name(made.cssBundle) : null, imports }];
  });

  return Object.fromEntries(pages);
}

// Every page of an earlier build goes, so that the wheel carries no dead file; the stamp of the hook stays.
function clean(folder) {
  mkdirSync(folder, { recursive: true });

  for (const name of readdirSync(folder)) {
    if (!name.startsWith('.')) {
      rmSync(join(folder, name), { recursive: true });
    }
  }
}

function compress(folder) {
  for (const name of readdirSync(folder)) {
    if (/\.(js|css|svg|json)$/.test(name)) {
      writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
    }
  }
}

// The folders below node_modules of the packages that went into a bundle, for the listing of licences.
function packages(metafile) {
  const found = Object.keys(metafile.inputs)
    .map((path) => /node_modules\/((?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter(Boolean);

  return [...new Set(found)].sort();
}

async function buildFeel() {
  const result = await esbuild.build({
    entryPoints: [join(here, 'feel/index.js')],
    absWorkingDir: here,
    bundle: true,
    format: 'iife',
    target: 'es2020',
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'warning',
    plugins: [openInterpreter],
  });

  clean(feelOut);
  writeFileSync(join(feelOut, 'feelin.js'), result.outputFiles[0].contents);
  writeFileSync(join(feelOut, 'packages.json'), JSON.stringify(packages(result.metafile)));
}

async function buildPages() {
  const result = await esbuild.build({ ...pageOptions(), write: false });

  // only now, when nothing failed: a page in use keeps its files through a broken build
  clean(pagesOut);
  result.outputFiles.forEach(({ path, contents }) => writeFileSync(path, contents));
  writeFileSync(join(pagesOut, 'manifest.json'), JSON.stringify(manifest(result.metafile), null, 1));
  writeFileSync(join(pagesOut, 'packages.json'), JSON.stringify(packages(result.metafile)));
  compress(pagesOut);
}

async function watch() {
  const report = {
    name: 'manifest',
    setup(build) {
      build.onEnd(({ errors, metafile }) => {
        if (errors.length === 0) {
          writeFileSync(join(pagesOut, 'manifest.json'), JSON.stringify(manifest(metafile), null, 1));
          console.log('built');
        }
      });
    },
  };
  const options = pageOptions();
  const context = await esbuild.context({ ...options, minify: false, plugins: [...options.plugins, report] });

  clean(pagesOut);
  await context.watch();
}

if (process.argv.includes('--watch')) {
  await watch();
} else {
  if (only !== 'pages') {
    await buildFeel();
  }

  if (only !== 'feel') {
    await buildPages();
  }
}
