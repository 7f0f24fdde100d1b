const origin = `http://127.0.0.1:${process.env.ORIGIN_PORT}`;

export default {
  async headers() {
    return [{ source: '/:path*', headers: [{ key: 'x-config', value: 'yes' }] }];
  },
  async rewrites() {
    return {
      beforeFiles: [{ source: '/before/:key', destination: `${origin}/echo/:key` }],
      afterFiles: [
        { source: '/echo/:key', destination: `${origin}/echo/:key` },
        { source: '/value/:key', destination: `${origin}/value/:key?own=1` },
        { source: '/bytes/:path*', destination: `${origin}/bytes/:path*` },
        { source: '/closed/:path*', destination: 'http://127.0.0.1:1/:path*' },
        { source: '/a', destination: `${origin}/echo/never` },
      ],
      fallback: [{ source: '/last/:path*', destination: `${origin}/:path*` }],
    };
  },
};
