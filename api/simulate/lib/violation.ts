/** A promise that was not kept. `rule` is what it is called in the requirements. */
export class Violation extends Error {
  constructor(readonly rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.name = 'Violation';
  }
}
