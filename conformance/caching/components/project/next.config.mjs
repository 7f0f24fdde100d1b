export default {
  cacheComponents: true,
  cacheLife: { brief: { stale: 100, revalidate: 1, expire: 600 }, half: { revalidate: 50 } },
};
