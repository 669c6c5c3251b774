// Node.js 24.19 and later have a node_object_wrap.h that asks for the environment while the collector frees an object, when there
// is none, and ends the process. Modules compiled against it crash at the first collection. `setup.mjs` puts this file in its
// place (`-include`) where better-sqlite3 must be compiled there: the same class, without that step.
#ifndef SRC_NODE_OBJECT_WRAP_H_
#define SRC_NODE_OBJECT_WRAP_H_

#include <cassert>
#include <v8.h>

namespace node {

class ObjectWrap {
 public:
  ObjectWrap() = default;
  ObjectWrap(const ObjectWrap&) = delete;
  ObjectWrap& operator=(const ObjectWrap&) = delete;

  virtual ~ObjectWrap() {
    if (handle_.IsEmpty()) return;
    handle_.ClearWeak();
    handle_.Reset();
  }

  template <class Wrapped>
  static Wrapped* Unwrap(v8::Local<v8::Object> object) {
    assert(!object.IsEmpty() && object->InternalFieldCount() > 0);
    return static_cast<Wrapped*>(static_cast<ObjectWrap*>(object->GetAlignedPointerFromInternalField(0)));
  }

  v8::Local<v8::Object> handle() { return handle(v8::Isolate::GetCurrent()); }
  v8::Local<v8::Object> handle(v8::Isolate* isolate) { return v8::Local<v8::Object>::New(isolate, handle_); }
  v8::Persistent<v8::Object>& persistent() { return handle_; }

 protected:
  void Wrap(v8::Local<v8::Object> object) {
    assert(handle_.IsEmpty() && object->InternalFieldCount() > 0);
    object->SetAlignedPointerInInternalField(0, this);
    handle_.Reset(v8::Isolate::GetCurrent(), object);
    MakeWeak();
  }

  void MakeWeak() { handle_.SetWeak(this, Collected, v8::WeakCallbackType::kParameter); }

  virtual void Ref() {
    handle_.ClearWeak();
    ++references_;
  }

  virtual void Unref() {
    assert(references_ > 0);
    if (--references_ == 0) MakeWeak();
  }

 private:
  static void Collected(const v8::WeakCallbackInfo<ObjectWrap>& info) {
    ObjectWrap* wrapped = info.GetParameter();
    wrapped->handle_.Reset();
    delete wrapped;
  }

  int references_ = 0;
  v8::Persistent<v8::Object> handle_;
};

}  // namespace node

#endif
