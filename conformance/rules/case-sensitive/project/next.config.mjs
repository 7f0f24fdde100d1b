export default {
  experimental: { caseSensitiveRoutes: true },
  skipTrailingSlashRedirect: true,
  async headers() {
    return [{ source: '/Headed', headers: [{ key: 'x-config', value: 'yes' }] }];
  },
  async redirects() {
    return [{ source: '/Moved/:id', destination: '/a', permanent: false }];
  },
  async rewrites() {
    return {
      beforeFiles: [{ source: '/Before', destination: '/a' }],
      afterFiles: [{ source: '/After', destination: '/a' }],
      fallback: [{ source: '/Fallback', destination: '/a' }],
    };
  },
};
