import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`./handlers/${name}`, import.meta.url));

export default {
  cacheComponents: true,
  cacheLife: { brief: { stale: 100, revalidate: 1, expire: 600 }, flash: { stale: 100, revalidate: 1, expire: 1 } },
  cacheHandlers: {
    bare: path('bare.cjs'),
    default: path('default.cjs'),
    files: path('files.cjs'),
    infinite: path('infinite.cjs'),
    named: path('named.mjs'),
    odd: path('odd.cjs'),
    remote: new URL('./handlers/remote.mjs', import.meta.url).href,
  },
};
