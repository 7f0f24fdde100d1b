module.exports = { cacheHandler: require.resolve('./cache-handler.mjs'), cacheMaxMemorySize: 1000 };
