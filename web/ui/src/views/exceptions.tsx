import { Head, Void } from "../ui/parts.tsx";

/** The place of the fleet's exceptions, which the daemon does not give yet. */
export function ExceptionsView() {
  return (
    <>
      <Head title="Exceptions" note="by cause, across the fleet" />
      <section class="card gap">
        <Void title="Unknown: this daemon does not group exceptions yet">
          The restarts of a job, and why, are on the job's page; findings such as <code>restart-loop</code> name the
          cause.
        </Void>
      </section>
    </>
  );
}
