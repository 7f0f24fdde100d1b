export interface Point {
  x: number;
  y: number;
}

export enum Color {
  Red = 'red',
  Blue = 'blue',
}

export const enum Size {
  Small = 1,
  Large,
}

export namespace Geometry {
  export const origin: Point = { x: 0, y: 0 };
}

export class Account {
  static count = 0;
  #secret = 'private field';

  constructor(
    public readonly name: string,
    protected balance = 0,
  ) {
    Account.count += 1;
  }

  get text(): string {
    return `${this.name} ${this.balance} ${this.#secret}`;
  }
}

export type { Point as PointAlias };
