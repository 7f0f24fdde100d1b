module.exports = function called() {
  return 'default of CommonJS';
};
module.exports.extra = 'extra';
