// Has nothing but `get` and `set`.
const { get, set } = require('./keeping.cjs').keeping('bare');

module.exports = { get, set };
