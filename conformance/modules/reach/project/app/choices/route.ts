import { tries } from '@/lib/tries';

const names = ['typed', 'typed.ts', 'plain', 'words.json', 'inner', 'inner/deep', 'shape', 'nope', '../choices/plain', 'toString'];
const folder = '../../lib/choices';

export async function GET(): Promise<Response> {
  return Response.json({
    imported: await tries(names, (name) => import(`../../lib/choices/${name}`)),
    required: await tries(names, (name) => require('../../lib/choices/' + name)),
    aliased: await tries(['words', 'nope'], (name) => import(`@/lib/choices/${name}.json`)),
    constant: await tries(['plain'], (name) => {
      const file = `${folder}/${name}.js`;
      return import(file);
    }),
  });
}
