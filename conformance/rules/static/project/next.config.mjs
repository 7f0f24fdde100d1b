export default {
  async headers() {
    return [
      {
        source: '/static',
        headers: [
          { key: 'x-both', value: 'config' },
          { key: 'Cache-Control', value: 'public, max-age=3' },
        ],
      },
    ];
  },
  async rewrites() {
    return {
      afterFiles: [
        { source: '/w/static', destination: '/static' },
        { source: '/w/kept/:id', destination: '/kept/:id' },
      ],
      fallback: [{ source: '/kept/:id', destination: '/dyn/:id' }],
    };
  },
};
