import { dirname, join, relative, sep } from 'node:path';

/**
 * Which part of src may import which (docs/architecture.md). `run` may be imported for use, `types` with
 * `import type` only; every part may import itself. Files that lie in src itself put the parts together and are free.
 */
const PARTS = {
  modules: { run: ['http', 'shared', 'i18n/language'], types: ['infra', 'i18n', 'modules', 'generated', 'top'] },
  http: { run: ['i18n', 'infra', 'shared'], types: ['top'] },
  shared: { run: ['http'], types: ['i18n', 'infra'] },
  infra: { run: ['shared'], types: [] },
  i18n: { run: ['shared'], types: ['http'] },
  generated: { run: [], types: [] },
};

/** Files that speak to the database, and so may use what leads to it. */
const SPEAKS_SQL = /\.(repo|queries)\.ts$|^modules\/seed\/|^infra\/(postgres|migrator|jobs|embedded-postgres)/;

export const layers = {
  meta: {
    type: 'problem',
    docs: { description: 'Keeps the parts of src apart, so that each can be read and changed by itself.' },
    messages: {
      types: '{{from}} may import types of {{to}} only: use "import type", and let services.ts hand in what is called.',
      never: '{{from}} may not import {{to}}.',
      module: 'A module may import types of another module only: use "import type", and let services.ts hand in what is called.',
    },
    schema: [],
  },
  create(context) {
    const source = join(context.cwd, 'src');
    const importer = relative(source, context.filename).split(sep).join('/');
    const from = partOf(importer);
    const rules = PARTS[from.part];
    if (!rules) return {};

    const check = (node, address, names, typesOnly) => {
      if (typeof address !== 'string' || !address.startsWith('.')) return;
      const imported = relative(source, join(dirname(context.filename), address)).split(sep).join('/');
      const to = partOf(imported);
      if (to.unit === from.unit) return;
      const mayRun =
        rules.run.some((allowed) => allowed === to.part || imported === `${allowed}.js`) ||
        (SPEAKS_SQL.test(importer) && (to.part === 'generated' || imported === 'infra/postgres.js')) ||
        // What is thrown has to be recognised.
        (from.part === 'modules' && to.part === 'infra' && names.length > 0 && names.every((name) => name.endsWith('Error')));
      if (mayRun || (typesOnly && rules.types.includes(to.part))) return;
      const messageId = !rules.types.includes(to.part) ? 'never' : to.part === 'modules' ? 'module' : 'types';
      context.report({ node, messageId, data: { from: importer, to: imported } });
    };
    const runNames = (specifiers) => specifiers.filter((specifier) => (specifier.importKind ?? specifier.exportKind) !== 'type').map((specifier) => (specifier.imported ?? specifier.local)?.name ?? '*');
    const declaration = (node) => {
      const names = runNames(node.specifiers ?? []);
      const onlyTypes = (node.importKind ?? node.exportKind) === 'type' || (node.specifiers?.length > 0 && names.length === 0);
      if (node.source) check(node, node.source.value, names, onlyTypes);
    };
    return {
      ImportDeclaration: declaration,
      ExportNamedDeclaration: declaration,
      ExportAllDeclaration: declaration,
      ImportExpression: (node) => check(node, node.source.value, [], false),
    };
  },
};

/** @returns the part of src a file belongs to, and the unit in it whose files may use each other freely */
function partOf(path) {
  const [part, name] = path.split('/');
  if (name === undefined) return { part: 'top', unit: path };
  return { part, unit: part === 'modules' ? `${part}/${name}` : part };
}
