/** Runs the tests that need no VS Code: `node build/tests/run-local.cjs`. */
import { join } from 'node:path';

import Mocha from 'mocha';

import { extensionRoot } from './paths';
import { LineReporter } from './reporter';

const mocha = new Mocha({ reporter: LineReporter });
for (const name of ['unit', 'grammar']) {
  mocha.addFile(join(extensionRoot, 'build/tests', `${name}.cjs`));
}
mocha.run((n_failures) => {
  process.exitCode = n_failures === 0 ? 0 : 1;
});
