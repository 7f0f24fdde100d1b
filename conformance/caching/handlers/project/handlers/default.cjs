module.exports = require('./keeping.cjs').keeping('default');
