/**
 * How often a server that ends by itself is started again: four times, and after a fifth end
 * within three minutes no more. That is the rule of VS Code's language client, kept here because
 * every start gets a client of its own.
 *
 * Tested by `test/unit/crashes.test.ts`.
 */
export class Crashes {
  static readonly LIMIT = 5;
  static readonly WINDOW_MS = 3 * 60 * 1000;

  private times: number[] = [];

  /** Notes an end at the time `now`; whether the server may be started again. */
  mayRestart(now: number): boolean {
    this.times = [...this.times.filter((time) => now - time <= Crashes.WINDOW_MS), now];
    return this.times.length < Crashes.LIMIT;
  }

  /** After a start that the user asked for. */
  forget(): void {
    this.times = [];
  }
}
