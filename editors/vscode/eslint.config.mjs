// What the compiler does not check. Type-aware, so that a forgotten `await` is an error.
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['build/', 'dist/', 'node_modules/'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Numbers in messages are fine as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // The extension writes to its log, the tests' reporters to the terminal: neither to a console.
      'no-console': ['error', { allow: ['log', 'error'] }],
      eqeqeq: 'error',
      // The compiler knows better, scripts included.
      'no-undef': 'off',
    },
  },
  {
    // What JSON.parse gives cannot be cast without TypeScript's syntax.
    files: ['scripts/**'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    files: ['src/**'],
    rules: { 'no-console': 'error' },
  },
);
