export default {
  async headers() {
    return [{ source: '/fields/config', headers: [{ key: 'Cache-Control', value: 'public, max-age=7' }, { key: 'X-Config', value: 'yes' }] }];
  },
  async rewrites() {
    return [{ source: '/other/:id', destination: '/gsp/:id' }];
  },
};
