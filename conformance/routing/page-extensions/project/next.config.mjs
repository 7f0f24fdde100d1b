export default { pageExtensions: ['api.js', 'mjs'] };
