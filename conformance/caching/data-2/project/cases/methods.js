// Methods.
import { at, FC, text, twice } from '../lib/probe.js';

export const methods = {
  'method-HEAD': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'HEAD' })); },
  'method-post': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'post' })); },
  'method-PUT': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'PUT' })); },
  'method-PATCH': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'PATCH' })); },
  'method-patch': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'patch' })); },
  'method-DELETE': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'DELETE' })); },
  'method-OPTIONS': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'OPTIONS' })); },
  'method-CUSTOM': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'CUSTOM' })); },
  'method-get': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'get' })); },
  'method-Get': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'Get' })); },
  'method-head-get': async (K) => {
    return [
      await text(at('v', K),
      { ...FC, method: 'HEAD' }),
      await text(at('v', K), FC),
      await text(at('v', K),
      { ...FC, method: 'GET' })
    ];
  },
};
