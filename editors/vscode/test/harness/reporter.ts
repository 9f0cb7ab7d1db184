/** A reporter for mocha with one line per test, as `cargo xtask test` counts them. */
import Mocha from 'mocha';

export class LineReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(Mocha.Runner.constants.EVENT_TEST_PASS, (test) => {
      console.log(`ok   ${name(test)}`);
    });
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error: unknown) => {
      console.log(`FAIL ${name(test)}`);
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      for (const line of text.split('\n')) {
        console.log(`     ${line}`);
      }
    });
  }
}

function name(test: Mocha.Runnable): string {
  return test.titlePath().join(': ');
}
