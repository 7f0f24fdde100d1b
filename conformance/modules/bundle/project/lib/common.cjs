exports.named = 'named of CommonJS';
exports.add = (a, b) => a + b;
exports.where = [typeof __dirname, typeof __filename, typeof require, typeof module];
