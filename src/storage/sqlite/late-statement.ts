/**
 * Statements that SQLite compiles when they are first run.
 *
 * A server has some 370, of which its first requests need thirty. Compiling the others took 7 ms of each start and two
 * megabytes, even if nobody ever needed them. The tests run them all, which proves that all compile.
 */
import type { Database, Statement } from 'better-sqlite3';

/** Makes `prepare` of this connection return at once. */
export function prepareLate(db: Database): void {
  const compile = db.prepare.bind(db);
  // Set by name, since the package types `prepare` by the number of its bound parameters, which no wrapper can state.
  Reflect.set(db, 'prepare', (sql: string) => new LateStatement(() => compile(sql)));
}

/** What our code uses of a statement. */
class LateStatement {
  #compile: () => Statement;
  #statement: Statement | undefined;

  constructor(compile: () => Statement) {
    this.#compile = compile;
  }

  pluck(): this {
    return this.#formed((statement) => statement.pluck());
  }

  raw(): this {
    return this.#formed((statement) => statement.raw());
  }

  get(...values: readonly unknown[]): unknown {
    return this.#compiled().get(...values);
  }

  all(...values: readonly unknown[]): readonly unknown[] {
    return this.#compiled().all(...values);
  }

  run(...values: readonly unknown[]): unknown {
    return this.#compiled().run(...values);
  }

  iterate(...values: readonly unknown[]): Iterable<unknown> {
    return this.#compiled().iterate(...values);
  }

  #formed(form: (statement: Statement) => Statement): this {
    const compile = this.#compile;
    this.#compile = () => form(compile());
    return this;
  }

  #compiled(): Statement {
    return (this.#statement ??= this.#compile());
  }
}
