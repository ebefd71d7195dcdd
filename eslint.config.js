import {defineConfig} from 'eslint/config';
import ava from 'eslint-plugin-ava';
import tseslint from 'typescript-eslint';

export default defineConfig(
  {ignores: ['proto/gen/**']},
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      'max-lines': ['error', {max: 400, skipBlankLines: true, skipComments: true}],
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
    },
  },
  {files: ['test/**/*.test.ts'], extends: [ava.configs.recommended], rules: {'max-lines': ['error', 500]}},
  {files: ['*.js'], extends: [tseslint.configs.disableTypeChecked]},
);
