export default { expireTime: 4, cacheMaxMemorySize: 0, typescript: { ignoreBuildErrors: true } };
