import { tries } from '@/lib/tries';

const loaders = {
  required: () => {
    try {
      return require('not-installed');
    } catch (error) {
      throw error;
    }
  },
  imported: async () => {
    try {
      return await import('not-installed-either');
    } catch (error) {
      throw error;
    }
  },
  local: () => {
    try {
      return require('./not-there');
    } catch (error) {
      throw error;
    }
  },
};

export const GET = async () => Response.json(await tries(Object.keys(loaders), (name) => loaders[name]()));
