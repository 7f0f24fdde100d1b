// Tells of values what can be seen of them.
export async function outcome(run) {
  try { return { value: await show(await run()) }; } catch (e) {
    if (e === null || typeof e !== 'object') return { thrown: String(e) };
    return { error: e.name, message: String(e.message).slice(0, 160), isError: e instanceof Error, digest: typeof e.digest === 'string' ? (/^\d+$/.test(e.digest) ? 'N' : e.digest) : undefined, keys: Object.keys(e).sort().join() };
  }
}
export async function show(v, depth = 0, seen = new Set()) {
  if (v === null) return 'null';
  switch (typeof v) {
    case 'undefined': return 'undefined';
    case 'bigint': return `${v}n`;
    case 'number': return Object.is(v, -0) ? '-0' : String(v);
    case 'symbol': return String(v);
    case 'string': return JSON.stringify(v);
    case 'boolean': return String(v);
  }
  try {
    if (typeof v === 'function') return `function ${v.length}`;
    if (depth > 6 || seen.has(v)) return '<again>';
    seen.add(v);
    const tag = Object.prototype.toString.call(v).slice(8, -1);
    if (v instanceof Promise || typeof v.then === 'function') { const proto = v instanceof Promise; try { return { promise: proto, is: await show(await v, depth + 1, seen) }; } catch (e) { return { promise: proto, rejects: e?.name + ': ' + String(e?.message ?? e).slice(0, 100), digest: typeof e?.digest }; } }
    if (tag === 'Date') return `Date ${v.getTime()}`;
    if (tag === 'Map') { const all = []; for (const [k, x] of v) all.push([await show(k, depth + 1, seen), await show(x, depth + 1, seen)]); return { Map: all }; }
    if (tag === 'Set') { const all = []; for (const x of v) all.push(await show(x, depth + 1, seen)); return { Set: all }; }
    if (ArrayBuffer.isView(v)) return `${v.constructor.name} ${tag} [${[...new Uint8Array(v.buffer, v.byteOffset, v.byteLength)]}]`;
    if (tag === 'ArrayBuffer') return `ArrayBuffer [${[...new Uint8Array(v)]}]`;
    if (v instanceof Error) return { Error: v.name, message: v.message.slice(0, 120), keys: Object.keys(v).join() };
    if (tag === 'ReadableStream') { let byob = true; let reader; try { reader = v.getReader({ mode: 'byob' }); reader.releaseLock(); } catch { byob = false; } reader = v.getReader(); const all = []; try { for (;;) { const { done, value } = await reader.read(); if (done) break; all.push(await show(value, depth + 1, seen)); } } catch (e) { all.push('broke ' + e?.name + String(e?.message).slice(0, 60)); } return { stream: all, byob }; }
    if (tag === 'FormData') { const all = []; for (const [k, x] of v) all.push([k, await show(x, depth + 1, seen)]); return { FormData: all }; }
    if (tag === 'Blob' || tag === 'File') return `${tag} ${v.type} ${v.name} ${typeof v.lastModified} ${await v.text()}`;
    if (Array.isArray(v)) { const all = []; for (let i = 0; i < v.length; i++) all.push(i in v ? await show(v[i], depth + 1, seen) : 'hole'); return all; }
    if (typeof v[Symbol.iterator] === 'function') { const all = []; for (const x of v) all.push(await show(x, depth + 1, seen)); return { iterable: tag, all, self: v[Symbol.iterator]() === v }; }
    if (typeof v[Symbol.asyncIterator] === 'function') { const all = []; for await (const x of v) all.push(await show(x, depth + 1, seen)); return { asyncIterable: tag, all, self: v[Symbol.asyncIterator]() === v }; }
    const proto = Object.getPrototypeOf(v);
    const kind = proto === Object.prototype ? 'plain' : proto === null ? 'null-proto' : 'instance';
    const out = {};
    for (const k of Object.keys(v)) out[k] = await show(v[k], depth + 1, seen);
    return kind === 'plain' ? out : { [kind]: out };
  } catch (e) { return { unreadable: String(e?.name) + ': ' + String(e?.message).slice(0, 200) }; }
}
