#!/usr/bin/env python3
"""How Routewerk's cost grows. Serial; traffic only to 127.0.0.1; every run bounded.

  scale.py routes [--counts 1,100,1000,5000] [--next]   build time and memory, start-up, one request; --next: `next build` beside it
  scale.py connections [--counts 1,16,64,256,1000,4000] throughput and memory as connections grow
  scale.py bodies                                       a POST of 0 B to 10 MB, read whole by the handler
  scale.py cold [--repeat 15]                           spawn to first 200, beside `node -e 0`
  scale.py dev [--routes 100] [--saves 50]              save to answer, and memory after the saves

ROUTEWERK names the command (default: target/release/routewerk), NODE the runtime of its worker (default: node
in PATH), PEERS_DIR the folder that setup.sh filled (only for --next). Prints one Markdown table per subject.
"""
import argparse, http.client, json, os, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, threading, time
import bench, servers

NODE = os.environ.get('NODE') or shutil.which('node')
ROUTEWERK = servers.ROUTEWERK


def write(root, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, 'w') as f: f.write(text)


def project(root, routes):
    """A project of `routes` handlers: a third static paths, a third with a param, a third nested deeper; all import one module."""
    write(root, 'package.json', '{"name":"scale","private":true}')
    write(root, 'tsconfig.json', '{"compilerOptions":{"strict":true,"module":"esnext","moduleResolution":"bundler","paths":{"@/*":["./*"]}}}')
    write(root, 'lib/shared.ts', 'export const greeting: string = "hello"\nexport function answer(name: string, id?: string) { return { message: greeting, name, id } }\n')
    for i in range(routes):
        folder = (f'app/api/r{i}', f'app/api/r{i}/[id]', f'app/api/group{i % 40}/r{i}/[id]/details')[i % 3]
        param = i % 3 > 0
        write(root, f'{folder}/route.ts', 'import type { NextRequest } from "next/server"\nimport { answer } from "@/lib/shared"\n'
              + (f'export async function GET(request: NextRequest, {{ params }}: {{ params: Promise<{{ id: string }}> }}) {{\n  const {{ id }} = await params\n'
                 f'  return Response.json(answer("r{i}", id))\n}}\n' if param else f'export async function GET() {{\n  return Response.json(answer("r{i}"))\n}}\n')
              + f'export async function POST(request: NextRequest) {{\n  const text = await request.text()\n  return Response.json({{ length: text.length }}, {{ status: 201 }})\n}}\n')


def last_path(routes):
    i = routes - 1
    return (f'/api/r{i}', f'/api/r{i}/x', f'/api/group{i % 40}/r{i}/x/details')[i % 3]


def timed(cmd, cwd):
    """Wall seconds, CPU seconds and peak RSS in MB of one command."""
    t0 = time.perf_counter()
    p = subprocess.Popen(cmd, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=servers.environ({'port': 0}))
    out = []
    reader = threading.Thread(target=lambda: out.append(p.stdout.read()))
    reader.start()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    if p.returncode: sys.exit(f'{cmd} failed ({p.returncode}):\n{out[0][-2000:]}')
    return time.perf_counter() - t0, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def start(root, ready, *flags, command='start'):
    port = free_port()
    return bench.Server({'name': f'scale-{command}', 'cmd': [ROUTEWERK, command, '-p', str(port), '-H', '127.0.0.1', '--runtime', NODE, *flags],
                         'cwd': root, 'port': port, 'env': {'NODE_ENV': 'production' if command == 'start' else 'development'}, 'ready': ready})


def load(srv, path, secs, conns, method='GET', body=''):
    bench.ROUTES['scale'] = {'path': path, 'method': method, 'body': body}
    c0 = bench.cpu_ticks(srv.p.pid)
    d = bench.wrk(srv.port, 'scale', secs, conns, 1, None, {})
    d['cpu_us'] = (bench.cpu_ticks(srv.p.pid) - c0) * 1e6 / bench.TCK / max(d['requests'], 1)
    d['errors'] = sum(v for k, v in d.items() if k.startswith('err_'))
    return d


def routes(a):
    rows = []
    for n in a.counts or [1, 100, 1000, 5000]:
        with tempfile.TemporaryDirectory() as root:
            project(root, n)
            wall, cpu, rss = timed([ROUTEWERK, 'build'], root)
            theirs = '-'
            if a.next and n <= 1000:
                for name in ('package.json', 'next.config.ts'): shutil.copy(f'{servers.R}/next/{name}', root)
                # Turbopack takes nothing from outside the project, so a symbolic link will not do: hard links, or a copy.
                if subprocess.run(['cp', '-al', f'{servers.R}/next/node_modules', root], stderr=subprocess.DEVNULL).returncode:
                    shutil.rmtree(f'{root}/node_modules', ignore_errors=True)
                    shutil.copytree(f'{servers.R}/next/node_modules', f'{root}/node_modules', symlinks=True)
                theirs = f"{timed([servers.NODE20, servers.NEXTBIN, 'build'], root)[0]:.1f}"
            srv = start(root, last_path(n))
            try:
                time.sleep(2)
                idle = bench.memory(srv.p.pid)['rss_mb']
                load(srv, last_path(n), 3, 64)
                d = load(srv, last_path(n), a.duration, 64)
                rows.append([n, f'{wall:.2f}', f'{cpu:.2f}', f'{rss:.0f}', theirs, f'{srv.cold_ms:.0f}', idle, f'{d["cpu_us"]:.1f}'])
            finally:
                srv.stop()
    return bench.mdtable(['routes', 'build s', 'build CPU s', 'build peak MB', '`next build` s', 'cold ms', 'RSS idle MB', 'CPU us/req'], rows)


def connections(a):
    rows = []
    with tempfile.TemporaryDirectory() as root:
        project(root, 1)
        timed([ROUTEWERK, 'build'], root)
        srv = start(root, '/api/r0')
        try:
            load(srv, '/api/r0', 5, 64)
            for n in a.counts or [1, 16, 64, 256, 1000, 4000]:
                d = load(srv, '/api/r0', a.duration, n)
                rows.append([n, f'{d["requests"] / (d["us"] / 1e6):.0f}', f'{d["cpu_us"]:.1f}', f'{d["p50"] / 1000:.2f}', f'{d["p99"] / 1000:.2f}', bench.memory(srv.p.pid)['rss_mb'], d['errors']])
        finally:
            srv.stop()
    return bench.mdtable(['connections', 'rps', 'CPU us/req', 'p50 ms', 'p99 ms', 'RSS MB', 'errors'], rows)


def bodies(a):
    rows = []
    with tempfile.TemporaryDirectory() as root:
        project(root, 1)
        timed([ROUTEWERK, 'build'], root)
        srv = start(root, '/api/r0')
        try:
            for size in (0, 1_000, 10_000, 100_000, 1_000_000, 10_000_000):
                d = load(srv, '/api/r0', a.duration, 16, 'POST', 'x' * size if size <= 100_000 else f'@{size}')
                rows.append([size, f'{d["requests"] / (d["us"] / 1e6):.0f}', f'{d["cpu_us"]:.1f}', f'{d["p99"] / 1000:.2f}', bench.memory(srv.p.pid)['rss_mb'], d['errors']])
        finally:
            srv.stop()
    return bench.mdtable(['body bytes', 'rps', 'CPU us/req', 'p99 ms', 'RSS MB', 'errors'], rows)


def cold(a):
    bare, ours, listen = [], [], []
    with tempfile.TemporaryDirectory() as root:
        project(root, 1)
        timed([ROUTEWERK, 'build'], root)
        for _ in range(a.repeat):
            bare.append(timed([NODE, '-e', '0'], root)[0] * 1000)
            srv = start(root, '/api/r0')
            ours.append(srv.cold_ms)
            srv.stop()
            listen.append(listening(root))
    row = lambda name, v: [name, f'{statistics.median(v):.0f}', f'{min(v):.0f}', f'{max(v):.0f}']
    return bench.mdtable(['what', 'median ms', 'min', 'max'], [row('`node -e 0`', bare), row('front listens', listen), row('spawn to first 200', ours)])


def listening(root):
    """Milliseconds from spawn until the port accepts."""
    port = free_port()
    t0 = time.perf_counter()
    p = subprocess.Popen([ROUTEWERK, 'start', '-p', str(port), '-H', '127.0.0.1', '--runtime', NODE], cwd=root, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=servers.environ({'port': port}))
    try:
        while True:
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0: return (time.perf_counter() - t0) * 1000
            if p.poll() is not None or time.perf_counter() - t0 > 10: sys.exit('the server did not listen')
    finally:
        p.send_signal(signal.SIGTERM)
        p.wait(10)


def get(port, path):
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    c.request('GET', path)
    r = c.getresponse()
    body = r.read()
    c.close()
    return r.status, body


def dev(a):
    with tempfile.TemporaryDirectory() as root:
        project(root, a.routes)
        srv = start(root, '/api/r0', command='dev')
        try:
            for i in range(a.routes):
                path = (f'/api/r{i}', f'/api/r{i}/x', f'/api/group{i % 40}/r{i}/x/details')[i % 3]
                status, body = get(srv.port, path)
                if status != 200: sys.exit(f'{path}: {status} {body[:200]}')
            first = bench.memory(srv.p.pid)['rss_mb']
            target, took = os.path.join(root, 'app/api/r0/route.ts'), []
            source = open(target).read()
            for k in range(a.saves):
                with open(target, 'w') as f: f.write(re.sub(r'answer\("r0"\)', f'answer("save{k}")', source))
                t0 = time.perf_counter()
                while f'save{k}"' not in get(srv.port, '/api/r0')[1].decode():
                    if time.perf_counter() - t0 > 10: sys.exit(f'save {k} never came live')
                took.append((time.perf_counter() - t0) * 1000)
            after = bench.memory(srv.p.pid)['rss_mb']
        finally:
            srv.stop()
    return bench.mdtable(['routes', 'saves', 'save to answer ms (median)', 'p90', 'max', 'RSS MB, all requested once', 'RSS MB, after the saves'],
                         [[a.routes, a.saves, f'{statistics.median(took):.0f}', f'{sorted(took)[int(len(took) * .9)]:.0f}', f'{max(took):.0f}', first, after]])


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument('subject', choices=['routes', 'connections', 'bodies', 'cold', 'dev'])
    ap.add_argument('--counts', type=lambda s: [int(x) for x in s.split(',')])
    ap.add_argument('--next', action='store_true')
    ap.add_argument('--duration', type=int, default=5)
    ap.add_argument('--repeat', type=int, default=15)
    ap.add_argument('--routes', type=int, default=100)
    ap.add_argument('--saves', type=int, default=50)
    a = ap.parse_args()
    print(globals()[a.subject](a))


if __name__ == '__main__':
    main()
