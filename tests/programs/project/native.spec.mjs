import assert from 'node:assert';
import { describe, it, mock } from 'node:test';

describe('node:test', () => {
  it('passes', () => assert.ok(true));
  it('mocks', () => {
    const f = mock.fn((x) => x + 1);
    assert.strictEqual(f(1), 2);
    assert.strictEqual(f.mock.callCount(), 1);
  });
  it('is to do', { todo: true }, () => {});
});
