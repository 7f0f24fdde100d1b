import { cacheLife, cacheTag, unstable_cache } from 'next/cache';
import { cookies } from 'next/headers';

// A table that counts how often it was asked, and can be written to.
const rows = [
  { id: 1, name: 'Lamp', price: 1999n, at: new Date(1000), tags: new Set(['light', 'home']) },
  { id: 2, name: 'Desk', price: 24900n, at: new Date(2000), tags: new Set(['home']) },
];
export const asked = new Map();
async function query(table, where = () => true) {
  asked.set(table, (asked.get(table) ?? 0) + 1);
  await null;
  return { number: asked.get(table), rows: rows.filter(where) };
}

export async function product(id) {
  'use cache';
  cacheTag('products', `product-${id}`);
  const { number, rows: [row] } = await query(`product ${id}`, (one) => one.id === Number(id));
  return row && { ...row, number };
}

export async function list({ page = 1, size = 10, sort = 'id' } = {}) {
  'use cache';
  cacheTag('products');
  cacheLife('minutes');
  const { number, rows } = await query(`list ${page} ${size} ${sort}`);
  return { number, items: [...rows].sort((a, b) => (a[sort] < b[sort] ? -1 : 1)).slice((page - 1) * size, page * size) };
}

const dictionaries = { en: { hello: 'Hello', bye: 'Bye' }, de: { hello: 'Hallo' } };
async function dictionary(locale) {
  'use cache';
  cacheTag(`dictionary-${locale}`);
  const { number } = await query(`dictionary ${locale}`);
  return { ...dictionaries.en, ...dictionaries[locale], number };
}
async function translator(locale) {
  'use cache';
  const words = await dictionary(locale);
  const { number } = await query(`translator ${locale}`);
  return { words, number };
}

export function repository(config) {
  const prefix = `${config.schema}.`;
  return {
    async find(id) {
      'use cache';
      cacheTag(`${prefix}${config.table}`);
      const { number } = await query(`${prefix}${config.table} ${id}`);
      return { id, table: prefix + config.table, number };
    },
    count: async () => {
      'use cache';
      return (await query(`count ${config.table}`)).number;
    },
  };
}

export class Prices {
  static currency = 'EUR';
  static async of(product) {
    'use cache';
    const { number } = await query(`price ${product.id}`);
    return `${product.price / 100n} ${Prices.currency} ${number}`;
  }
}

async function stock(id) {
  'use cache';
  cacheLife('seconds');
  cacheTag('stock');
  return (await query(`stock ${id}`)).number;
}
async function page(id) {
  'use cache';
  cacheLife({ stale: 60, revalidate: 3600, expire: 7200 });
  const [found, left] = await Promise.all([product(id), stock(id)]);
  return { name: found?.name, number: found?.number, left };
}

async function graph(id) {
  'use cache';
  const root = { id, children: [] };
  root.children.push({ id: `${id}.1`, parent: root }, { id: `${id}.2`, parent: root });
  return { root, first: root.children[0] };
}

async function report(since, filters) {
  'use cache';
  const { number } = await query(`report ${since.getTime()} ${[...filters.keys()]}`);
  return { since, filters, total: rows.reduce((sum, row) => sum + row.price, 0n), number };
}

const settings = unstable_cache(async (scope) => ({ scope, number: (await query(`settings ${scope}`)).number }), ['settings'], { tags: ['settings'], revalidate: 3600 });
async function themed(scope) {
  'use cache';
  const { number } = await settings(scope);
  return { number, own: (await query(`themed ${scope}`)).number };
}

async function visitor(name) {
  'use cache: private';
  return { name, theme: (await cookies()).get('theme')?.value ?? 'none', number: (await query(`visitor ${name}`)).number };
}

async function csv(columns) {
  'use cache';
  const text = rows.map((row) => columns.map((column) => row[column]).join(';')).join('\n');
  return new Blob([text], { type: 'text/csv' });
}

async function search(params) {
  'use cache';
  const { number } = await query(`search ${params}`);
  return { params, number };
}

async function paged(cursor, load) {
  'use cache';
  return { cursor: cursor + 1, load };
}

async function maybe(id) {
  'use cache';
  if (id === 0) {
    throw Object.assign(new RangeError('no such row'), { code: 'E_ROW' });
  }
  return undefined;
}

const plain = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one instanceof Set ? [...one] : one instanceof Map ? [...one] : one));

export const shop = {
  product: async () => plain([await product('1'), await product('1'), await product(1), await product('9')]),
  list: async () => plain([await list(), await list({}), await list({ page: 1 }), await list({ sort: 'name' }), await list({ sort: 'name', page: 2, size: 1 }), await list()]),
  dictionary: async () => plain([(await translator('en')), (await translator('de')).words.hello, (await dictionary('de')).number]),
  repository: async () => {
    const [one, other] = [repository({ schema: 'a', table: 't' }), repository({ schema: 'b', table: 't' })];
    return plain([await one.find(1), await other.find(1), await one.find(1), await one.count(), await other.count(), await repository({ schema: 'a', table: 't', pool: () => 1 }).find(1)]);
  },
  changing: async () => {
    const config = { schema: 'c', table: 'before' };
    const own = repository(config);
    await null;
    config.table = 'after';
    return plain([await own.find(1), await repository(config).find(1)]);
  },
  prices: async () => plain([await Prices.of({ id: 1, price: 1999n }), await Prices.of({ price: 1999n, id: 1 }), await Prices.of({ id: 1, price: 2999n })]),
  page: async () => plain([await page('1'), await page('1')]),
  stock: async () => plain([await stock('2'), await stock('2')]),
  graph: async () => {
    const { root, first } = await graph('g');
    return plain([root.children[0] === first, first.parent === root, root.children.length]);
  },
  report: async () => {
    const of = () => report(new Date(86400000), new Map([['open', true], ['late', undefined]]));
    const [one, two] = [await of(), await of()];
    return plain([one, two, one.since instanceof Date, one.filters instanceof Map, one === two]);
  },
  settings: async () => plain([await settings('a'), await themed('a'), await themed('a'), await settings('a')]),
  visitor: async () => plain([await visitor('x'), await visitor('x')]),
  csv: async () => {
    const blob = await csv(['id', 'name']);
    return plain([blob.type, await blob.text(), await (await csv(['id', 'name'])).text()]);
  },
  search: async () => plain([await search(new URLSearchParams('q=a&q=b')), await search(new URLSearchParams('q=a&q=b')), await search([['q', 'a'], ['q', 'b']])]),
  paged: async () => {
    const load = () => 'mine';
    const { cursor, load: back } = await paged(1, load);
    return plain([cursor, back === load, back()]);
  },
  maybe: async () => plain([(await maybe(1)) === undefined, await maybe(0).catch((error) => [error.name, error.code === undefined, typeof error.digest])]),
  loop: async () => {
    const found = [];
    for (const id of [1, 2, 1]) {
      const load = async (word) => {
        'use cache';
        return `${word} ${(await query(`loop ${word}`)).number}`;
      };
      found.push(await load(`row ${id}`));
    }
    return plain(found);
  },
  pipeline: async () => {
    const steps = ['trim', 'upper'];
    const options = { sep: '-', on: { error: () => 1 }, limits: { max: 3 } };
    const run = async (text) => {
      'use cache';
      const done = steps.reduce((one, step) => (step === 'trim' ? one.trim() : one.toUpperCase()), text);
      return done.split('').slice(0, options.limits.max).join(options.sep);
    };
    return plain([await run(' abcd '), await run(' abcd '), await run('x')]);
  },
  parallel: async () => plain([new Set((await Promise.all([1, 2, 3].map(() => product('2')))).map((one) => one.number)).size, (await Promise.all(['a', 'b', 'a'].map((word) => settings(word)))).map((one) => one.number)]),
};
