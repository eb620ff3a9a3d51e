// What an address names behind its `#`: src/web/script/api.js.

import assert from 'node:assert/strict';
import test from 'node:test';

import { fragment } from '../../../src/web/script/api.js';

test('a link that a mail program cut or damaged names nothing, and is no crash', () => {
  assert.equal(fragment({ hash: '' }), '');
  assert.equal(fragment({ hash: '#AQ_b-%5Fc' }), 'AQ_b-_c');
  for (const hash of ['#100%', '#%E0%A4%A', '#%']) assert.equal(fragment({ hash }), '%');
});
