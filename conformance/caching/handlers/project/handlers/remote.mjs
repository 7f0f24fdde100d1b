import keeping from './keeping.cjs';

export default keeping.keeping('remote');
