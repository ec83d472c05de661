import type { PreparedModel } from './backend.js';

/** Models that are ready for certain sizes, the ones used last; those that fall out are disposed of. */
export class PreparedModels {
  private readonly models = new Map<string, PreparedModel>();

  constructor(private readonly limit: number) {}

  get(key: string): PreparedModel | undefined {
    const model = this.models.get(key);
    if (model !== undefined) {
      // A Map keeps the order of insertion.
      this.models.delete(key);
      this.models.set(key, model);
    }
    return model;
  }

  /** Makes room for one more: compiling needs memory itself. */
  makeRoom(): void {
    for (const [key, model] of this.models) {
      if (this.models.size < this.limit) return;
      this.models.delete(key);
      model.dispose();
    }
  }

  add(key: string, model: PreparedModel): void {
    this.makeRoom();
    this.models.set(key, model);
  }

  clear(): void {
    for (const model of this.models.values()) model.dispose();
    this.models.clear();
  }
}
