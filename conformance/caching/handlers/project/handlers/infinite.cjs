// Looks at the tags of the path by itself.
const { note } = require('../lib/calls.cjs');
const { keeping } = require('./keeping.cjs');

const dropped = new Map();
const inner = keeping('infinite');

module.exports = {
  ...inner,
  async get(key, softTags) {
    const entry = await inner.get(key, softTags);
    return entry && softTags.some((tag) => (dropped.get(tag) ?? 0) > entry.timestamp) ? undefined : entry;
  },
  async getExpiration() {
    note('infinite', 'getExpiration');
    return Infinity;
  },
  async updateTags(tags, ...rest) {
    tags.forEach((tag) => dropped.set(tag, Date.now()));
    return inner.updateTags(tags, ...rest);
  },
};
