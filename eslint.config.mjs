// ESLint: types-aware rules for the package, the app and the browser tests; the plain ones for the tools.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const nodeGlobals = Object.fromEntries(
  [
    'process',
    'console',
    'URL',
    'performance',
    'fetch',
    'Buffer',
    'setTimeout',
    'clearTimeout',
    'AbortController',
    'AbortSignal',
    'TextEncoder',
    'TextDecoder',
    'WebAssembly',
    'structuredClone',
    'Blob',
    'DOMException',
    'queueMicrotask',
    'setImmediate',
  ].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  {
    ignores: [
      'build/',
      'dist/',
      '.cache/',
      'web/app/dist/',
      'web/app/dev-dist/',
      'test-results/',
      'playwright-report/',
      '**/*.gen.ts',
      'wasm/**/*.js',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'web/lib/tsconfig.json', 'web/lib/tsconfig.worker.json', 'web/app/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // The same file may be part of two programs (page and worker), whose libraries type some calls differently.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // Numbers and booleans in messages are what the reader wants.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An interface that other hosts implement with awaits stays asynchronous here.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // What a page imports by address while a test drives it has no type here.
    files: ['tests/browser/**/*.ts'],
    rules: Object.fromEntries(
      ['assignment', 'call', 'member-access', 'argument', 'return'].map((what) => [
        `@typescript-eslint/no-unsafe-${what}`,
        'off',
      ]),
    ),
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: nodeGlobals },
  },
  {
    files: ['web/app/public/**/*.js', 'tests/browser/pages/**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'window', 'navigator', 'localStorage', 'location'].map((name) => [name, 'readonly']),
      ),
    },
  },
);
