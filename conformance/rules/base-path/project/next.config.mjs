export default {
  basePath: '/base',
  trailingSlash: true,
  async headers() {
    return [
      { source: '/a', headers: [{ key: 'x-inside', value: 'yes' }] },
      { source: '/', headers: [{ key: 'x-root', value: 'yes' }] },
      { source: '/a', basePath: false, headers: [{ key: 'x-outside', value: 'yes' }] },
      { source: '/:path*', basePath: false, headers: [{ key: 'x-all', value: ':path*' }] },
    ];
  },
  async redirects() {
    return [
      { source: '/old', destination: '/a', permanent: false },
      { source: '/old-slash', destination: '/a/', permanent: true },
      { source: '/old/:id', destination: '/dyn/:id?x=1', permanent: false },
      { source: '/', destination: '/base', basePath: false, permanent: false },
      { source: '/out/:path*', destination: '/base/a', basePath: false, permanent: false },
      { source: '/away', destination: 'https://example.com/x', permanent: false },
      { source: '/_next/x', destination: '/a', permanent: false },
    ];
  },
  async rewrites() {
    return [
      { source: '/alias', destination: '/a' },
      { source: '/to-root', destination: '/' },
      { source: '/alias/:id', destination: '/dyn/:id' },
    ];
  },
};
