export default { cacheLife: { brief: { stale: 1, revalidate: 1, expire: 2 } }, typescript: { ignoreBuildErrors: true } };
