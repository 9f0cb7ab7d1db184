/** The entry that VS Code calls inside its extension host. */
import Mocha from 'mocha';

import { LineReporter } from '../harness/reporter';

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 20_000, reporter: LineReporter });
  // Requiring a bundled test needs mocha's functions to be there.
  mocha.suite.emit('pre-require', globalThis as unknown as Mocha.MochaGlobals, '', mocha);
  return import('./all').then(
    () =>
      new Promise((resolve, reject) => {
        mocha.run((n_failures) => {
          if (n_failures === 0) {
            resolve();
          } else {
            reject(new Error(`${n_failures} tests failed`));
          }
        });
      }),
  );
}
