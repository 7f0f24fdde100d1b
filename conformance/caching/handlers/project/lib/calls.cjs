// What the handlers were asked, in order; `/calls` shows it.
const known = Symbol.for('conformance.calls');
globalThis[known] ??= [];

exports.note = (...line) => globalThis[known].push(line);
exports.calls = () => globalThis[known];
exports.forget = () => {
  globalThis[known].length = 0;
};
