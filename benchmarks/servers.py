#!/usr/bin/env python3
"""Routewerk and its peers in the route-handler bench: name, start command, port.

  python3 servers.py list            names, ports, commands
  python3 servers.py run NAME        run one in the foreground (Ctrl-C stops it)
  python3 servers.py parts [SPEC]    what setup.sh must make for these peers (all parts)

PEERS_DIR is the folder that setup.sh filled (default: .peers beside this file).
NODE20, NODE24, NODE26, BUN, DENO name another binary for that runtime, ROUTEWERK the command under test
(default: target/release/routewerk of this checkout).
"""
import os, sys, shlex

HERE = os.path.dirname(os.path.abspath(__file__))
R = os.path.abspath(os.environ.get('PEERS_DIR') or f'{HERE}/.peers')
NODE20 = os.environ.get('NODE20') or f'{R}/node20/bin/node'
NODE24 = os.environ.get('NODE24') or f'{R}/node24/bin/node'
NODE26 = os.environ.get('NODE26') or f'{R}/node26/bin/node'
BUN = os.environ.get('BUN') or f'{R}/bun/bin/bun'
DENO = os.environ.get('DENO') or f'{R}/deno/bin/deno'
ROUTEWERK = os.path.abspath(os.environ.get('ROUTEWERK') or f'{HERE}/../target/release/routewerk')
APPS = f'{R}/apps'
NEXTBIN = 'node_modules/next/dist/bin/next'
BASE_ENV = {'NODE_ENV': 'production', 'NEXT_TELEMETRY_DISABLED': '1', 'DENO_NO_UPDATE_CHECK': '1', 'DO_NOT_TRACK': '1'}

PEERS = {}
_port = [4200]


def add(name, cmd, cwd=APPS, **env):
    _port[0] += 1
    PEERS[name] = {'name': name, 'cmd': cmd, 'cwd': cwd, 'port': _port[0], 'env': env}


def next_start(rt):
    return [*rt, NEXTBIN, 'start', '-p', '{port}', '-H', '127.0.0.1']


CL = f'{APPS}/cluster2.cjs'
SP = f'{APPS}/spawn2.sh'
BB = [BUN, '--bun']
DR = [DENO, 'run', '-A']
NEXT, SA = f'{R}/next', f'{R}/next-standalone/.next/standalone'

# --- Routewerk ------------------------------------------------------------
for rt, b in (('node20', NODE20), ('node26', NODE26), ('bun', BUN)):
    add(f'routewerk-{rt}', [ROUTEWERK, 'start', '-p', '{port}', '-H', '127.0.0.1', '--runtime', b], f'{R}/routewerk')
# --- Next.js 16.4.6 -------------------------------------------------------
add('next-node20', next_start([NODE20]), NEXT)
add('next-node24', next_start([NODE24]), NEXT)
add('next-node26', next_start([NODE26]), NEXT)
add('next-bun', next_start(BB), NEXT)
add('next-deno', next_start(DR), NEXT)
add('nextsa-node20', [NODE20, 'server.js'], SA, HOSTNAME='127.0.0.1')
add('nextsa-node26', [NODE26, 'server.js'], SA, HOSTNAME='127.0.0.1')
add('nextsa-bun', [*BB, 'server.js'], SA, HOSTNAME='127.0.0.1')
add('next-node20-x2', [NODE20, CL, NEXTBIN, 'start', '-p', '{port}', '-H', '127.0.0.1'], NEXT)
add('next-node26-x2', [NODE26, CL, NEXTBIN, 'start', '-p', '{port}', '-H', '127.0.0.1'], NEXT)
# --- vinext 1.4.0 (needs node >= 22) ---------------------------------------
add('vinext-node26', [NODE26, 'node_modules/vinext/dist/cli.js', 'start', '-p', '{port}', '-H', '127.0.0.1'], f'{R}/vinext')
add('vinextsa-node26', [NODE26, 'server.js'], f'{R}/vinext/dist/standalone')
add('vinextsa-bun', [*BB, 'server.js'], f'{R}/vinext/dist/standalone')
add('vinextsa-node26-x2', [NODE26, CL, 'server.js'], f'{R}/vinext/dist/standalone')
# --- Node frameworks --------------------------------------------------------
for rt, b in (('node20', NODE20), ('node26', NODE26)):
    for fw in ('raw', 'hono', 'fastify', 'h3', 'srvx'):
        add(f'{fw}-{rt}', [b, f'{fw}-node.mjs' if fw != 'raw' else 'raw-node.mjs'])
    add(f'nitro-{rt}', [b, '.output/server/index.mjs'], f'{R}/nitro')
for fw in ('raw', 'hono', 'fastify'):
    add(f'{fw}-node26-x2', [NODE26, CL, f'{fw}-node.mjs'])
# srvx (under h3) listens with exclusive:true, so node:cluster gives it one serving worker: SO_REUSEPORT instead.
add('h3-node26-x2', [SP, NODE26, 'h3-node.mjs'])
# --- Bun --------------------------------------------------------------------
add('raw-bun', [BUN, 'raw-bun.mjs'])
add('hono-bun', [BUN, 'hono-bun.mjs'])
add('elysia-bun', [BUN, 'elysia-bun.mjs'])
add('nitro-bun', [BUN, '.output/server/index.mjs'], f'{R}/nitro-bun')
add('raw-bun-x2', [SP, BUN, 'raw-bun.mjs'])
add('hono-bun-x2', [SP, BUN, 'hono-bun.mjs'])
add('elysia-bun-x2', [SP, BUN, 'elysia-bun.mjs'])
# --- Deno -------------------------------------------------------------------
add('raw-deno', [*DR, 'raw-deno.mjs'])
add('hono-deno', [*DR, 'hono-deno.mjs'])
add('raw-deno-x2', [SP, *DR, '--unstable-net', 'raw-deno.mjs'])
add('hono-deno-x2', [SP, *DR, '--unstable-net', 'hono-deno.mjs'])



def framework(p): return not p.startswith(('next', 'vinext', 'routewerk'))


GROUPS = {
    'all': lambda p: True,
    'single': lambda p: not p.endswith('-x2'),
    'x2': lambda p: p.endswith('-x2'),
    'routewerk': lambda p: p.startswith('routewerk'),
    'next': lambda p: p.startswith('next'),
    'vinext': lambda p: p.startswith('vinext'),
    'node': lambda p: framework(p) and '-node' in p,
    'bun': lambda p: framework(p) and '-bun' in p,
    'deno': lambda p: framework(p) and '-deno' in p,
    'core': lambda p: p in ('routewerk-node20', 'routewerk-node26', 'next-node20', 'next-node26', 'next-bun', 'nextsa-node26', 'vinext-node26', 'raw-node26', 'hono-node26',
                            'fastify-node26', 'h3-node26', 'nitro-node26', 'raw-bun', 'hono-bun', 'elysia-bun', 'raw-deno', 'hono-deno'),
}


def select(spec, peers=None):
    peers = peers or PEERS
    out = []
    for s in spec.split(','):
        s = s.strip()
        names = [s] if s in peers else [p for p in peers if GROUPS[s](p)] if s in GROUPS else None
        if names is None:
            sys.exit(f'unknown peer or group: {s}\npeers: {" ".join(peers)}\ngroups: {" ".join(GROUPS)}')
        out += [n for n in names if n not in out]
    return [peers[n] for n in out]


PARTS = ('node20', 'node24', 'node26', 'bun', 'deno', 'apps', 'routewerk', 'next', 'next-standalone', 'vinext', 'nitro', 'nitro-bun')
BUILT_WITH = {'vinext': NODE26}


def parts(p):
    """The folders under PEERS_DIR that a peer needs."""
    paths = [x for x in map(str, [p['cwd'], *p['cmd']]) if x.startswith(R + os.sep)]
    used = {os.path.relpath(x, R).split(os.sep)[0] for x in paths}
    used |= {os.path.relpath(b, R).split(os.sep)[0] for k, b in BUILT_WITH.items() if k in used}
    return [x for x in PARTS if x in used]


def missing(p):
    out = []
    for x in parts(p):
        try:
            if open(f'{R}/{x}/.stamp').read().strip() == 'incomplete': out.append(x)
        except OSError:
            out.append(x)
    return out


def fill(s, p):
    return str(s).replace('{port}', str(p['port'])).replace('{peers}', R)


def command(p):
    return [fill(c, p) for c in p['cmd']]


def environ(p):
    env = {k: os.environ[k] for k in ('PATH', 'HOME', 'LANG', 'TZ') if k in os.environ}
    env.update(BASE_ENV)
    env.update({'PORT': str(p['port']), 'HOST': '127.0.0.1'})
    env.update({k: fill(v, p) for k, v in (p.get('env') or {}).items()})
    return env


if __name__ == '__main__':
    if len(sys.argv) == 3 and sys.argv[1] == 'run':
        p = PEERS[sys.argv[2]]
        os.chdir(p['cwd'])
        c = command(p)
        print(f'http://127.0.0.1:{p["port"]}  {shlex.join(c)}', flush=True)
        os.execvpe(c[0], c, environ(p))
    if len(sys.argv) > 1 and sys.argv[1] == 'parts':
        used = {x for p in select(sys.argv[2]) for x in parts(p)} if len(sys.argv) > 2 else PARTS
        print('\n'.join(x for x in PARTS if x in used))
        sys.exit()
    if sys.argv[1:] not in ([], ['list']):
        sys.exit(__doc__)
    for p in PEERS.values():
        env = ' '.join(f'{k}={v}' for k, v in p['env'].items())
        print(f'{p["name"]:20} {p["port"]}  cd {p["cwd"]} && PORT={p["port"]} {env + " " if env else ""}{shlex.join(command(p))}')
