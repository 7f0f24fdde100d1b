// Statuses and redirects of the origin.
import { at, FC, info, text, tried, twice } from '../lib/probe.js';

export const statuses = {
  'status-200': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/200', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-201': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/201', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-202': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/202', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-203': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/203', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-204': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/204', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-205': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/205', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-206': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/206', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-301': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/301', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-304': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/304', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-400': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/400', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-401': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/401', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-404': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/404', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-410': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/410', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-429': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/429', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-500': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/500', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'status-503': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('status/503', K), FC);
      return [r.status, await r.text(), r.headers.get('x-n'), r.statusText];
    });
    return [await one(), await one()];
  },
  'redirect-301': async (K) => {
    const one = async (init) => tried(async () => {
      const r = await fetch(at('redir/301/2', K), init);
      return [await info(r), await r.text()];
    });
    return [
      await one(FC),
      await one(FC),
      await one({ ...FC, method: 'POST', body: 'x' }),
      await one({ ...FC, method: 'POST', body: 'x' })
    ];
  },
  'redirect-302': async (K) => {
    const one = async (init) => tried(async () => {
      const r = await fetch(at('redir/302/2', K), init);
      return [await info(r), await r.text()];
    });
    return [
      await one(FC),
      await one(FC),
      await one({ ...FC, method: 'POST', body: 'x' }),
      await one({ ...FC, method: 'POST', body: 'x' })
    ];
  },
  'redirect-303': async (K) => {
    const one = async (init) => tried(async () => {
      const r = await fetch(at('redir/303/2', K), init);
      return [await info(r), await r.text()];
    });
    return [
      await one(FC),
      await one(FC),
      await one({ ...FC, method: 'POST', body: 'x' }),
      await one({ ...FC, method: 'POST', body: 'x' })
    ];
  },
  'redirect-307': async (K) => {
    const one = async (init) => tried(async () => {
      const r = await fetch(at('redir/307/2', K), init);
      return [await info(r), await r.text()];
    });
    return [
      await one(FC),
      await one(FC),
      await one({ ...FC, method: 'POST', body: 'x' }),
      await one({ ...FC, method: 'POST', body: 'x' })
    ];
  },
  'redirect-308': async (K) => {
    const one = async (init) => tried(async () => {
      const r = await fetch(at('redir/308/2', K), init);
      return [await info(r), await r.text()];
    });
    return [
      await one(FC),
      await one(FC),
      await one({ ...FC, method: 'POST', body: 'x' }),
      await one({ ...FC, method: 'POST', body: 'x' })
    ];
  },
  'redirect-manual': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('redir/302/1', K), { ...FC, redirect: 'manual' });
      return [r.status, r.type, r.headers.get('location'), await r.text()];
    });
    return [await one(), await one()];
  },
  'redirect-error': async (K) => { return twice(() => at('redir/302/1', K), () => ({ ...FC, redirect: 'error' })); },
  'redirect-loop': async (K) => { return [(await text(at('loop', K), FC)), 1]; },
};
