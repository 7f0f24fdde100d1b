import { add, named, where } from '../../lib/common.cjs';
import called, { extra } from '../../lib/default.cjs';
import * as everything from '../../lib/common.cjs';

const required = require('../../lib/common.cjs');

export const GET = () => Response.json({ add: add(1, 2), named, where, called: called(), extra, keys: Object.keys(everything).filter((key) => key !== 'default' && key !== '__esModule' && key !== 'module.exports').sort(), same: required.named === named });
