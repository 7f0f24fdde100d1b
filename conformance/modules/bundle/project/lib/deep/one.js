export const one = 'one';
export default 'default of one';
