import { handlers } from '../../lib/handlers';

export { GET } from '../../lib/handlers';
export const { PUT, PATCH } = handlers;
