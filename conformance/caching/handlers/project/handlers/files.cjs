// Keeps what it has in a file, and so over a restart.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { keeping } = require('./keeping.cjs');

const file = `${process.cwd()}/kept.json`;
const entries = new Map(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []);

module.exports = { __esModule: true, default: keeping('files', entries, () => writeFileSync(file, JSON.stringify([...entries]))) };
