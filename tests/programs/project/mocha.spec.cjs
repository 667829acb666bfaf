const assert = require('node:assert');

describe('arithmetic', () => {
  it('adds', () => assert.strictEqual(1 + 1, 2));
  it('waits', (done) => setTimeout(done, 5));
  it('keeps promises', async () => assert.deepStrictEqual(await Promise.resolve([1]), [1]));
  it('fails', () => assert.strictEqual(1, 2));
  it.skip('skips', () => {});
});
