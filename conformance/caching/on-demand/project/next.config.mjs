export default {
  cacheLife: { brief: { stale: 1, revalidate: 2, expire: 3 } },
  async rewrites() {
    return [{ source: '/alias/:id', destination: '/p/:id' }];
  },
};
